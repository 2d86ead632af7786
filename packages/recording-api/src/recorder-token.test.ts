import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ApiConfigError } from "./api-config-error.ts";
import { checkAppCredentials } from "./app-credentials.ts";
import type { TokenOrder } from "./recorder-token.ts";
import { parseRecorderToken } from "./parse-recorder-token.ts";
import { recorderToken } from "./recorder-token.ts";

// A vector that Agora's own package yields (@see E 5.1). Inflated bytes are compared, since zlib builds may compress differently.
const vectorOrder: TokenOrder = {
  appId: "970CA35de60c44645bbae8a215061b33",
  appCertificate: "5CFd2fd1755d40ecb72977518be15d3b",
  channelName: "7d72365eb983485397e3e3f9d460bdda",
  uid: 2_882_341_273,
  issuedAtS: 1_111_111,
  salt: 1,
  lifeS: 600,
};
const vectorToken =
  "007eJxTYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxgDCaiTj";

function inflated(token: string): string {
  return inflateSync(Buffer.from(token.slice(3), "base64")).toString("hex");
}

function refusalOf(order: TokenOrder): ApiConfigError {
  try {
    recorderToken(order);
  } catch (err) {
    if (err instanceof ApiConfigError) return err;
    throw err;
  }
  throw new Error("the order was accepted");
}

describe("a recorder's token", () => {
  test("is byte for byte the token of Agora's test vector: join privilege, no other", () => {
    const token = recorderToken(vectorOrder);
    expect(token.slice(0, 3)).toBe("007");
    expect(inflated(token)).toBe(inflated(vectorToken));
    const signature = "16a0b84c5a5e82cbf74fb813d09f59c54bdac9c06120580539ac97578e958b1a";
    expect(inflated(token)).toMatch(new RegExp(`^2000${signature}2000.*47f41000580200000100000001000100010001005802`));
  });

  test("is the same for the same order and another for another salt, issue time, uid or channel", () => {
    const token = recorderToken(vectorOrder);
    expect(recorderToken({ ...vectorOrder })).toBe(token);
    const others = [{ salt: 2 }, { issuedAtS: 1_111_112 }, { uid: 1 }, { channelName: "other" }, { lifeS: 601 }];
    for (const change of others) expect(recorderToken({ ...vectorOrder, ...change })).not.toBe(token);
  });

  test("can be made from every 32-bit salt; it carries one that Agora's own builders could have drawn", () => {
    for (const salt of [0, 1, 99_999_999, 100_000_000, 4_294_967_295]) {
      const bytes = Buffer.from(inflated(recorderToken({ ...vectorOrder, salt })), "hex");
      const written = bytes.readUInt32LE(2 + 32 + 2 + 32 + 8);
      expect(written).toBeGreaterThanOrEqual(1);
      expect(written).toBeLessThanOrEqual(99_999_999);
      if (salt >= 1 && salt <= 99_999_999) expect(written).toBe(salt);
    }
  });

  test.each([
    ["appId", { appId: "970CA35d" }, "appId"],
    ["a certificate that is too short", { appCertificate: "5CFd2fd1755d40ec" }, "appCertificate"],
    ["a certificate that is not hexadecimal", { appCertificate: "zCFd2fd1755d40ecb72977518be15d3b" }, "appCertificate"],
    ["an empty certificate", { appCertificate: "" }, "appCertificate"],
    ["uid 0, which would be every uid", { uid: 0 }, "uid"],
    ["uid 2³²", { uid: 4_294_967_296 }, "uid"],
    ["a life of more than 24 h", { lifeS: 86_401 }, "lifeS"],
    ["a life of 0", { lifeS: 0 }, "lifeS"],
    ["an absolute time as life", { lifeS: 1_700_000_000 }, "lifeS"],
    ["milliseconds as life", { lifeS: 3_600_000 }, "lifeS"],
    ["a life that is no number", { lifeS: Number.NaN }, "lifeS"],
    ["no issue time, which the builder would replace by the clock", { issuedAtS: 0 }, "issuedAtS"],
    ["a fractional salt", { salt: 0.5 }, "salt"],
    ["a channel name with a slash", { channelName: "a/b" }, "channelName"],
  ])("refuses %s and names the field", (_name, change, field) => {
    const refusal = refusalOf({ ...vectorOrder, ...change });
    expect(refusal.problems.map((problem) => problem.field)).toEqual([field]);
    expect(refusal.code).toBe("REC_API_CONFIG");
  });

  test("says what a life is to people who gave milliseconds or a date", () => {
    expect(refusalOf({ ...vectorOrder, lifeS: 1_700_000_000 }).message).toBe(
      "recorder token: lifeS is 1700000000, expected seconds from issuedAtS on, 1 to 86400: neither milliseconds nor a date",
    );
  });

  test("is for one uid and one channel unless it is asked to be for any", () => {
    const told = (order: TokenOrder): unknown => parseRecorderToken(recorderToken(order));
    expect(told(vectorOrder)).toMatchObject({ uid: "2882341273", channelName: vectorOrder.channelName });
    expect(told({ ...vectorOrder, uid: "any" })).toMatchObject({ uid: "any", channelName: vectorOrder.channelName });
    expect(told({ ...vectorOrder, channelName: "*" })).toMatchObject({ uid: "2882341273", channelName: "*" });
  });

  test("is refused without its certificate ever being shown", () => {
    const refusal = refusalOf({ ...vectorOrder, appCertificate: "planted-secret-certificate" });
    expect(refusal.message).toBe(
      "credentials of the Agora app: appCertificate is a hidden value, expected 32 hexadecimal digits as in Agora's console",
    );
    expect(JSON.stringify(refusal)).not.toContain("planted");
  });
});

describe("the credentials of an app", () => {
  test("pass with and without a certificate", () => {
    checkAppCredentials({ appId: vectorOrder.appId });
    checkAppCredentials({ appId: vectorOrder.appId, appCertificate: vectorOrder.appCertificate });
  });

  test("are refused with all their faults at once", () => {
    expect(() => checkAppCredentials({ appId: "x", appCertificate: "y" })).toThrow(/appId is "x".*appCertificate is a/);
  });
});
