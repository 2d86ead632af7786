import { createHmac, timingSafeEqual } from "node:crypto";
import { parseConfig } from "../api-config-error.ts";
import { textOf } from "./scalars.ts";

/** The two signatures that Agora's notification service sends with each webhook. @see E 1.6 */
export interface NotificationSignatures {
  /** HMAC-SHA1 of the raw body, lower-case hex. */
  readonly "Agora-Signature": string;
  /** HMAC-SHA256 of the raw body, lower-case hex. */
  readonly "Agora-Signature-V2": string;
}

/** Headers as Node's servers hand them over, or as a `Headers`; names in any case. */
export type NotificationHeaders =
  Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * `unsigned`: neither header is there. `malformed`: the header that counts is not the hex text of its kind, or is there
 * twice. `mismatch`: another secret, or a body that is not the one which was signed.
 */
export type NotificationVerdict =
  | { readonly kind: "verified"; readonly version: 1 | 2 }
  | { readonly kind: "refused"; readonly cause: "unsigned" | "malformed" | "mismatch" };

const hashes = { 1: { name: "sha1", bytes: 20 }, 2: { name: "sha256", bytes: 32 } } as const;

/** Both headers for these bytes. Throws `ApiConfigError` for an empty secret. */
export function signNotification(rawBody: Uint8Array | string, secret: string): NotificationSignatures {
  return {
    "Agora-Signature": macOf(1, rawBody, secret).toString("hex"),
    "Agora-Signature-V2": macOf(2, rawBody, secret).toString("hex"),
  };
}

/**
 * Whether Agora signed exactly these bytes with this secret, in constant time. `rawBody` must be the body as it came in:
 * parsed and written again it is another text. V2 decides where it is present, so nobody can ask for the weaker one; V1
 * counts where it is alone. A signature covers neither time nor address: who must not act twice remembers `noticeId`.
 * Throws `ApiConfigError` for an empty secret, since anybody could sign with that.
 */
export function verifyNotification(
  rawBody: Uint8Array,
  headers: NotificationHeaders,
  secret: string,
): NotificationVerdict {
  const v2 = headerOf(headers, "agora-signature-v2");
  const version = v2 === undefined ? 1 : 2;
  const claimed = v2 ?? headerOf(headers, "agora-signature");
  const wanted = macOf(version, rawBody, secret);
  if (claimed === undefined) return { kind: "refused", cause: "unsigned" };
  if (typeof claimed !== "string" || !/^[0-9a-f]+$/i.test(claimed) || claimed.length !== hashes[version].bytes * 2) {
    return { kind: "refused", cause: "malformed" };
  }
  if (!timingSafeEqual(Buffer.from(claimed, "hex"), wanted)) return { kind: "refused", cause: "mismatch" };
  return { kind: "verified", version };
}

function macOf(version: 1 | 2, rawBody: Uint8Array | string, secret: string): Buffer {
  parseConfig(textOf("the secret of this product's notifications"), secret, {
    subject: "notification signature",
    field: "secret",
  });
  return createHmac(hashes[version].name, secret).update(rawBody).digest();
}

/** The values of a header: one text, or several, which no honest sender writes. */
function headerOf(headers: NotificationHeaders, name: string): string | readonly string[] | undefined {
  const entries: readonly (readonly [string, string | readonly string[] | undefined])[] = isIterable(headers)
    ? [...headers]
    : Object.entries(headers);
  const values = entries.filter(([key]) => key.toLowerCase() === name).flatMap(([, value]) => value ?? []);
  return values.length > 1 ? values : values[0];
}

function isIterable(headers: NotificationHeaders): headers is Iterable<readonly [string, string]> {
  return Symbol.iterator in headers;
}
