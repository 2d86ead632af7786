import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseRecorderToken } from "./parse-recorder-token.ts";

// The vector of E 5.1.
const appCertificate = "5CFd2fd1755d40ecb72977518be15d3b";
const token =
  "007eJxTYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxgDCaiTj";

describe("a token", () => {
  test("is read field by field", () => {
    expect(parseRecorderToken(token)).toEqual({
      kind: "token",
      appId: "970CA35de60c44645bbae8a215061b33",
      issuedAtS: 1_111_111,
      expiresAtS: 1_111_711,
      channelName: "7d72365eb983485397e3e3f9d460bdda",
      uid: "2882341273",
      privileges: { 1: 1_111_711 },
      signature: "unchecked",
    });
  });

  test("is checked against the certificate that is given", () => {
    expect(parseRecorderToken(token, { appCertificate })).toMatchObject({ signature: "valid" });
    const other = appCertificate.replace("5", "6");
    expect(parseRecorderToken(token, { appCertificate: other })).toMatchObject({ signature: "invalid" });
  });

  test.each([
    ["of the older version", `006${token.slice(3)}`, /begins with 007/],
    ["that is empty", "", /begins with 007/],
    ["that was cut off", token.slice(0, 100), /cut off or changed/],
    ["that holds something else", `007${deflateSync("hello").toString("base64")}`, /cut off or changed/],
    ["that unpacks to 100 MB", `007${deflateSync(Buffer.alloc(100_000_000)).toString("base64")}`, /cut off or changed/],
    ["for another service", `007${deflateSync(serviceToken(2)).toString("base64")}`, /first service is RTC/],
  ])("%s is told apart and not shown", (_name, text, expected) => {
    const parsed = parseRecorderToken(text);
    expect(parsed.kind === "unreadable" ? parsed.expected : parsed).toMatch(expected);
  });
});

function serviceToken(type: number): Buffer {
  const bytes = Buffer.alloc(2 + 2 + 12 + 2 + 2);
  bytes.writeUInt16LE(1, 16);
  bytes.writeUInt16LE(type, 18);
  return bytes;
}
