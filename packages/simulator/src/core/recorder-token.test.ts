import { describe, expect, test } from "vitest";
import { checkRecorderToken } from "./recorder-token.ts";

// The vector of the token reference: issued at 1111111 for 600 s.
const token =
  "007eJxTYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxgDCaiTj";
const use = {
  appId: "970CA35de60c44645bbae8a215061b33",
  appCertificate: "5CFd2fd1755d40ecb72977518be15d3b",
  channelName: "7d72365eb983485397e3e3f9d460bdda",
  uid: 2_882_341_273,
};

describe("checkRecorderToken", () => {
  test("a token that was issued for this channel and uid is valid, and says how long it is good for what", () => {
    expect(checkRecorderToken(token, use)).toEqual({
      kind: "valid",
      isBound: true,
      issuedAtS: 1_111_111,
      livesS: 600,
      joinForS: 600,
      mayPublish: false,
    });
  });

  test.each([
    ["signature", { appCertificate: "0".repeat(32) }],
    ["app", { appId: "0".repeat(32) }],
    ["channel", { channelName: "room" }],
    ["uid", { uid: 7 }],
  ])("a wrong %s is told apart", (cause, wrong) => {
    expect(checkRecorderToken(token, { ...use, ...wrong })).toEqual({ kind: "invalid", cause });
  });

  test.each([
    ["missing", undefined],
    ["missing", ""],
    ["malformed", "006abc"],
    ["malformed", "007not-deflated"],
    ["malformed", token.slice(0, -40)],
  ])("%s: %s", (cause, given) => {
    expect(checkRecorderToken(given, use)).toEqual({ kind: "invalid", cause });
  });
});
