import { createHmac, timingSafeEqual } from "node:crypto";
import { inflateSync } from "node:zlib";

/** What a token says, for diagnosis; it says so whether or not Agora would take it. */
export interface RecorderTokenParts {
  readonly kind: "token";
  readonly appId: string;
  /** Unix seconds. */
  readonly issuedAtS: number;
  readonly expiresAtS: number;
  /** "*": any channel. */
  readonly channelName: string;
  /** "any", or the uid as it was written. */
  readonly uid: string;
  /** Unix seconds until which each privilege lasts, by Agora's number of it; 1 is joining. */
  readonly privileges: Readonly<Record<number, number>>;
  /** Whether the certificate that was given has signed it; `unchecked` without one. */
  readonly signature: "valid" | "invalid" | "unchecked";
}

/** Not an AccessToken2 with an RTC service; `expected` says what was missing, and never shows the token. */
export interface UnreadableToken {
  readonly kind: "unreadable";
  readonly expected: string;
}

const version = "007";
const rtcServiceType = 1;
/** Far above any token; a few bytes of zlib could unpack to gigabytes. */
const inflatedBytesMax = 65_536;

/** Reads a token of version 007 whose first service is RTC, as every recorder's is. Never throws. @see E 5.1 */
export function parseRecorderToken(
  token: string,
  options: { readonly appCertificate?: string } = {},
): RecorderTokenParts | UnreadableToken {
  if (!token.startsWith(version)) return unreadable(`a token that begins with ${version}`);
  const packed = Buffer.from(token.slice(version.length), "base64");
  try {
    return readParts(inflateSync(packed, { maxOutputLength: inflatedBytesMax }), options.appCertificate);
  } catch {
    // zlib and reads beyond the end have no other way to say no.
    return unreadable("a whole token: this one is cut off or changed");
  }
}

function readParts(bytes: Buffer, appCertificate: string | undefined): RecorderTokenParts | UnreadableToken {
  const reader = new Reader(bytes);
  const signature = reader.block();
  const signed = reader.rest();
  const appId = reader.block().toString();
  const issuedAtS = reader.uint32();
  const lifeS = reader.uint32();
  const salt = reader.uint32();
  if (reader.uint16() < 1 || reader.uint16() !== rtcServiceType)
    return unreadable("a token whose first service is RTC");
  const privileges = Array.from({ length: reader.uint16() }, () => [reader.uint16(), reader.uint32()] as const);
  const channelName = reader.block().toString();
  const uid = reader.block().toString();
  return {
    kind: "token",
    appId,
    issuedAtS,
    expiresAtS: issuedAtS + lifeS,
    channelName,
    uid: uid === "" ? "any" : uid,
    privileges: Object.fromEntries(privileges.map(([name, privilegeLifeS]) => [name, issuedAtS + privilegeLifeS])),
    signature:
      appCertificate === undefined
        ? "unchecked"
        : verdict(signature, signatureOf({ appCertificate, issuedAtS, salt, signed })),
  };
}

function verdict(claimed: Buffer, wanted: Buffer): "valid" | "invalid" {
  return claimed.length === wanted.length && timingSafeEqual(claimed, wanted) ? "valid" : "invalid";
}

function signatureOf(of: {
  readonly appCertificate: string;
  readonly issuedAtS: number;
  readonly salt: number;
  readonly signed: Buffer;
}): Buffer {
  const byTime = createHmac("sha256", uint32(of.issuedAtS)).update(of.appCertificate).digest();
  const bySalt = createHmac("sha256", uint32(of.salt)).update(byTime).digest();
  return createHmac("sha256", bySalt).update(of.signed).digest();
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function unreadable(expected: string): UnreadableToken {
  return { kind: "unreadable", expected };
}

/** Little endian; a block has its length before it. Throws beyond the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint16(): number {
    const value = this.#bytes.readUInt16LE(this.#at);
    this.#at += 2;
    return value;
  }

  uint32(): number {
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  block(): Buffer {
    const length = this.uint16();
    const block = this.#bytes.subarray(this.#at, this.#at + length);
    if (block.length < length) throw new RangeError("beyond the end of the token");
    this.#at += length;
    return block;
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }
}
