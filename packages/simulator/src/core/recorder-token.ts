import { createHmac, timingSafeEqual } from "node:crypto";
import { inflateSync } from "node:zlib";

/** What a token must be good for. */
export interface TokenUse {
  readonly appId: string;
  readonly appCertificate: string;
  readonly channelName: string;
  readonly uid: number;
}

export type TokenVerdict =
  | {
      readonly kind: "valid";
      /** Good for its own uid only. */
      readonly isBound: boolean;
      readonly issuedAtS: number;
      /** From its issue. */
      readonly livesS: number;
      /** Its privilege to join, from its issue; 0: never ends by itself. */
      readonly joinForS: number;
      /** It was issued for the role of a publisher. */
      readonly mayPublish: boolean;
    }
  | {
      readonly kind: "invalid";
      readonly cause: "missing" | "malformed" | "signature" | "app" | "channel" | "uid" | "privilege";
    };

const rtcService = 1;
const joinPrivilege = "1";
const publishPrivileges = ["2", "3"];

/**
 * Checks for whom and by whom an AccessToken2 ("007") was issued, as Agora's edge would, and says how long it is good.
 * With a parser of its own: the client under test uses agora-token.
 */
export function checkRecorderToken(token: string | undefined, use: TokenUse): TokenVerdict {
  if (token === undefined || token === "") return { kind: "invalid", cause: "missing" };
  const parsed = parseToken(token);
  if (parsed === undefined) return { kind: "invalid", cause: "malformed" };
  if (!isSignedBy(parsed, use.appCertificate)) return { kind: "invalid", cause: "signature" };
  if (parsed.appId !== use.appId) return { kind: "invalid", cause: "app" };
  if (parsed.channelName !== use.channelName && parsed.channelName !== "*")
    return { kind: "invalid", cause: "channel" };
  if (parsed.uid !== "" && parsed.uid !== String(use.uid)) return { kind: "invalid", cause: "uid" };
  const joinForS = parsed.privileges.get(joinPrivilege);
  if (joinForS === undefined) return { kind: "invalid", cause: "privilege" };
  return {
    kind: "valid",
    isBound: parsed.uid !== "",
    issuedAtS: parsed.issuedAtS,
    livesS: parsed.expireS,
    joinForS,
    mayPublish: publishPrivileges.every((privilege) => parsed.privileges.has(privilege)),
  };
}

interface ParsedToken {
  readonly signature: Buffer;
  readonly signingInfo: Buffer;
  readonly appId: string;
  readonly issuedAtS: number;
  readonly expireS: number;
  readonly salt: number;
  readonly privileges: ReadonlyMap<string, number>;
  readonly channelName: string;
  readonly uid: string;
}

/** "007" + base64(deflate(signature, appId, issueTs, expire, salt, services)), all little endian. */
function parseToken(token: string): ParsedToken | undefined {
  if (!token.startsWith("007")) return undefined;
  try {
    const content = inflateSync(Buffer.from(token.slice(3), "base64"), { maxOutputLength: 65_536 });
    const reader = createReader(content);
    const signature = reader.bytes();
    const signingInfo = content.subarray(reader.offset());
    const appId = reader.bytes().toString();
    const issuedAtS = reader.uint32();
    const expireS = reader.uint32();
    const salt = reader.uint32();
    const serviceCount = reader.uint16();
    // Services are sorted by type and RTC is the lowest: it comes first or not at all.
    if (serviceCount < 1 || reader.uint16() !== rtcService) return undefined;
    const privileges = new Map<string, number>();
    for (let left = reader.uint16(); left > 0; left -= 1) privileges.set(String(reader.uint16()), reader.uint32());
    const channelName = reader.bytes().toString();
    const uid = reader.bytes().toString();
    return { signature, signingInfo, appId, issuedAtS, expireS, salt, privileges, channelName, uid };
  } catch {
    // Whatever is wrong with it, a token that cannot be read is a malformed one.
    return undefined;
  }
}

function isSignedBy(token: ParsedToken, appCertificate: string): boolean {
  const byIssue = createHmac("sha256", uint32(token.issuedAtS)).update(appCertificate).digest();
  const key = createHmac("sha256", uint32(token.salt)).update(byIssue).digest();
  const expected = createHmac("sha256", key).update(token.signingInfo).digest();
  return expected.length === token.signature.length && timingSafeEqual(expected, token.signature);
}

function createReader(content: Buffer) {
  let at = 0;
  const uint16 = (): number => {
    at += 2;
    return content.readUInt16LE(at - 2);
  };
  return {
    offset: () => at,
    uint16,
    uint32: (): number => {
      at += 4;
      return content.readUInt32LE(at - 4);
    },
    bytes: (): Buffer => {
      const length = uint16();
      if (at + length > content.length) throw new RangeError("token is cut off");
      at += length;
      return content.subarray(at - length, at);
    },
  };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
