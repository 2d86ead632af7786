import type { DocumentedAnswer } from "./documented-answers.ts";
import type { Exchange } from "../http-exchange.ts";

/** A whole number from 0 up to, but not including, `bound`. */
export type NextNumber = (bound: number) => number;

interface Mutations {
  readonly next: NextNumber;
  /** Planted into texts here and there. */
  readonly secrets: readonly string[];
}

/** A documented answer after up to four accidents: fields, types, depth, size, bytes, status, or no whole answer at all. */
export function mutateAnswer(documented: DocumentedAnswer, of: Mutations): Exchange {
  const { next, secrets } = of;
  let { httpStatus, body } = documented;
  for (let accidents = next(4); accidents > 0; accidents -= 1) body = mutateValue(body, of);
  if (next(4) === 0) httpStatus = statuses[next(statuses.length)] ?? next(1_000);
  const requestId = next(2) === 0 ? undefined : `id-${next(8) === 0 ? (secrets[next(secrets.length)] ?? "") : "7"}`;
  if (next(50) === 0) return { kind: "answered", httpStatus, requestId, bodyText: undefined };
  if (next(30) === 0) {
    const kind = failures[next(failures.length)] ?? "lost";
    return { kind, detail: "ECONNRESET", httpStatus: next(2) === 0 ? undefined : httpStatus, requestId };
  }
  return {
    kind: "answered",
    httpStatus,
    requestId,
    bodyText: mutateText(JSON.stringify(body === undefined ? "" : body), of),
  };
}

const failures = ["notSent", "timeout", "lost"] as const;
const statuses = [
  200, 201, 202, 204, 206, 301, 400, 401, 403, 404, 409, 413, 415, 429, 499, 500, 501, 502, 503, 504, 600,
];

function mutateValue(value: unknown, of: Mutations): unknown {
  const { next } = of;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    if (next(4) === 0 || items.length === 0) return replacement(of);
    const at = next(items.length);
    if (next(4) === 0) return [...items, ...items, replacement(of)];
    return items.map((item, index) => (index === at ? mutateValue(item, of) : item));
  }
  if (typeof value !== "object" || value === null) return replacement(of);
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const at = next(entries.length + 1);
  const [key, inner] = entries[at] ?? ["serverResponse", {}];
  const others = entries.filter((_entry, index) => index !== at);
  switch (next(6)) {
    case 0:
      return Object.fromEntries(others);
    case 1:
      return Object.fromEntries([...others, [renamed(key, next), inner]]);
    case 2:
      return Object.fromEntries([...others, [key, retyped(inner)]]);
    case 3:
      return Object.fromEntries([...others, [key, inner], [names[next(names.length)] ?? "x", replacement(of)]]);
    default:
      return Object.fromEntries([...others, [key, mutateValue(inner, of)]]);
  }
}

const names = [
  "code",
  "reason",
  "message",
  "sid",
  "resourceId",
  "serverResponse",
  "status",
  "payload",
  "__proto__",
  "toString",
  "Body",
  "token",
  "secretKey",
];

function renamed(key: string, next: NextNumber): string {
  return [key.toUpperCase(), key.toLowerCase(), `${key} `, `x${key}`, names[next(names.length)] ?? key][next(5)] ?? key;
}

function retyped(value: unknown): unknown {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return Number.isNaN(Number(value)) ? { text: value } : Number(value);
  return [value];
}

function replacement({ next, secrets }: Mutations): unknown {
  const secret = secrets[next(secrets.length)] ?? "";
  const values: readonly (() => unknown)[] = [
    () => undefined,
    () => NaN,
    () => [true, false][next(2)],
    () => next(2_000) - 1_000,
    () => next(10_000) / 7,
    () => 1e300,
    () => Number.MAX_SAFE_INTEGER + 2,
    () => "",
    () => "\u0000\ud800\u202e",
    () => "x".repeat(next(5_000)),
    () => `said ${secret} and more`,
    () => ({ token: secret, secretKey: "never told to us" }),
    () => nested(next(200)),
    () => [],
    () => ({}),
    () => Array.from({ length: next(50) }, () => ({ fileName: "a.ts" })),
    () => [7, 49, 50, 52, 53, 62, 65, 404, 435, 501, 1_028][next(11)],
  ];
  return values[next(values.length)]?.();
}

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? { serverResponse: value } : [value];
  return value;
}

/** Accidents that only text can have. */
function mutateText(text: string, { next, secrets }: Mutations): string {
  switch (next(24)) {
    case 0:
      return text.slice(0, next(text.length + 1));
    case 1:
      return "";
    case 2:
      return `<html><body>${text}</body></html>`;
    case 3:
      return text.repeat(2);
    case 4:
      // A secret whose own bytes are broken is none that anybody could know again.
      if (text.includes("planted")) return text;
      return decoded([...Buffer.from(text)].map((byte) => (next(20) === 0 ? next(256) : byte)));
    case 5:
      return `\ufeff${text}`;
    case 6:
      return "[".repeat(next(20_000)) + text;
    case 7:
      return `{"a":`.repeat(3_000) + text + "}".repeat(3_000);
    case 8:
      return text.replace(/:\d+/, ":1e999");
    case 9:
      return `oops ${encodeURIComponent(secrets[next(secrets.length)] ?? "")} ${text}`;
    case 10:
      return text.replaceAll("/", "\\/");
    default:
      return text;
  }
}

/** As the client decodes what it received: bytes that are no UTF-8 become U+FFFD. */
function decoded(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
