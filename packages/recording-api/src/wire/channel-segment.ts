/**
 * A channel name as one folder name of a storage, which may hold letters and digits only. Different names give different
 * folders also where the storage does not tell A from a; every folder name leads back to its channel. docs/storage.md has
 * the rule for people.
 *
 * Readable form: a–y and 0–9 stand for themselves; everything else begins with z:
 *   zh "-", zu "_", zp ".", zs " ", zz "z", zv + letter = the capital letter, z + 2 hex digits = one byte of UTF-8.
 * Dense form, for names whose readable form is longer than 105: zy and the UTF-8 bytes in Base32 (RFC 4648, lower case,
 * without padding). 64 bytes need 2 + 103.
 */
const lengthMax = 105;
const bytesMax = 64;

/** Longest folder name of a channel. */
export const channelSegmentLengthMax = lengthMax;

const named: ReadonlyMap<string, string> = new Map([
  ["-", "zh"],
  ["_", "zu"],
  [".", "zp"],
  [" ", "zs"],
  ["z", "zz"],
]);
const signs: ReadonlyMap<string, string> = new Map([...named].map(([sign, code]) => [code.slice(1), sign]));

const base32Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** The folder of a channel; undefined for a name that is empty, longer than 64 bytes of UTF-8 or broken Unicode. */
export function channelSegment(channelName: string): string | undefined {
  if (channelName === "" || !channelName.isWellFormed() || Buffer.byteLength(channelName) > bytesMax) return undefined;
  const readable = Array.from(channelName, readableCode).join("");
  return readable.length <= lengthMax ? readable : `zy${base32(Buffer.from(channelName))}`;
}

/** The channel of a folder, whatever the case of its letters; undefined for what `channelSegment` never yields. */
export function channelOfSegment(segment: string): string | undefined {
  const folded = segment.toLowerCase();
  const channelName = folded.startsWith("zy") ? textOf(bytesOfBase32(folded.slice(2))) : textOf(readableBytes(folded));
  return channelName !== undefined && channelSegment(channelName) === folded ? channelName : undefined;
}

function readableCode(sign: string): string {
  const code = named.get(sign);
  if (code !== undefined) return code;
  if (/^[a-z0-9]$/.test(sign)) return sign;
  if (/^[A-Z]$/.test(sign)) return `zv${sign.toLowerCase()}`;
  return Buffer.from(sign).toString("hex").replaceAll(/../g, "z$&");
}

function readableBytes(segment: string): Buffer | undefined {
  if (!/^(?:[a-y0-9]|z(?:[huspz]|v[a-z]|[0-9a-f]{2}))*$/.test(segment)) return undefined;
  const parts = segment.match(/z(?:v[a-z]|[0-9a-f]{2}|[huspz])|[a-y0-9]/g) ?? [];
  return Buffer.concat(parts.map(bytesOf));
}

function bytesOf(part: string): Buffer {
  if (part.length === 1) return Buffer.from(part);
  const code = part.slice(1);
  if (code.length === 1) return Buffer.from(signs.get(code) ?? "");
  return code.startsWith("v") ? Buffer.from(code.slice(1).toUpperCase()) : Buffer.from(code, "hex");
}

function textOf(bytes: Buffer | undefined): string | undefined {
  const text = bytes?.toString("utf8");
  // Bytes that are no UTF-8 come out as other bytes.
  return text !== undefined && bytes?.equals(Buffer.from(text)) === true ? text : undefined;
}

function base32(bytes: Buffer): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => base32Alphabet.charAt(Number.parseInt(group.padEnd(5, "0"), 2)))
    .join("");
}

function bytesOfBase32(text: string): Buffer | undefined {
  if (!/^[a-z2-7]*$/.test(text)) return undefined;
  const bits = Array.from(text, (sign) => base32Alphabet.indexOf(sign).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
}
