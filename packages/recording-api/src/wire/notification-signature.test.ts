import { describe, expect, test } from "vitest";
import { ApiConfigError } from "../api-config-error.ts";
import type { NotificationHeaders, NotificationVerdict } from "./notification-signature.ts";
import { signNotification, verifyNotification } from "./notification-signature.ts";

// A is Agora's own vector, B and C are ours. @see E 1.6
const vectors = {
  A: {
    secret: "secret",
    body: `{"eventMs":1560408533119,"eventType":10,"noticeId":"4eb720f0-8da7-11e9-a43e-53f411c2761f","notifyMs":1560408533119,"payload":{"a":"1","b":2},"productId":1}`,
    v1: "033c62f40f687675f17f0f41f91a40c71c0f134c",
    v2: "6d3320c60b11101395b7fc8f9068748808a0aa1bfa064438e39d1bc2c7d74d99",
  },
  B: {
    secret: "my_ncs_secret_01",
    body: `{"noticeId":"2000001428:4330:107","productId":1,"eventType":103,"notifyMs":1611566412672,"payload":{"channelName":"room-42","uid":4000000001,"platform":6,"clientType":10,"clientSeq":1625051030746,"ts":1560396843,"account":""}}`,
    v1: "bdb16485f101a92c2af25a4583e8df76e9f7e934",
    v2: "09cb2086f10699fb4912f7dd81541267c4a3162d8fa3b724e49446a997b90c08",
  },
  C: {
    secret: "my_ncs_secret_01",
    body: String.raw`{"noticeId":"n1", "productId":1,"eventType":102,"notifyMs":1611566412672,"payload":{"channelName":"caf\u00e9/\/x","ts":1560396834,"lastUid":1}}`,
    v1: "0ef139311e3c96e6b99778d4decc809a75703c15",
    v2: "ff2aeb830e61d3048cce1fcec6f0259fb29541cf309ff5f598c62e694e41e12f",
  },
} as const;

const { A, B, C } = vectors;

function verify(body: string, headers: NotificationHeaders, secret: string = B.secret): NotificationVerdict {
  return verifyNotification(Buffer.from(body), headers, secret);
}

describe.each(Object.entries(vectors))("vector %s", (_name, { secret, body, v1, v2 }) => {
  test("is signed as Agora signs it", () => {
    const signatures = { "Agora-Signature": v1, "Agora-Signature-V2": v2 };
    expect(signNotification(Buffer.from(body), secret)).toEqual(signatures);
    expect(signNotification(body, secret)).toEqual(signatures);
  });

  test("is verified by V2, and by V1 where that is alone", () => {
    const both = { "agora-signature": v1, "agora-signature-v2": v2 };
    expect(verify(body, both, secret)).toEqual({ kind: "verified", version: 2 });
    expect(verify(body, { "Agora-Signature": v1 }, secret)).toEqual({ kind: "verified", version: 1 });
  });

  test("is refused under another secret and after any change of one byte", () => {
    expect(verify(body, { "agora-signature-v2": v2 }, `${secret}x`)).toEqual({ kind: "refused", cause: "mismatch" });
    for (const changed of [`${body}\n`, body.replace("noticeId", "noticeid"), body.slice(1)]) {
      expect(verify(changed, { "agora-signature-v2": v2 }, secret)).toEqual({ kind: "refused", cause: "mismatch" });
      expect(verify(changed, { "agora-signature": v1 }, secret)).toEqual({ kind: "refused", cause: "mismatch" });
    }
  });
});

describe("a body that was written anew is another body", () => {
  test("the signature of vector B printed with two blanks has another value and is refused for the raw bytes", () => {
    const pretty = JSON.stringify(JSON.parse(B.body), undefined, 2);
    const v2 = "e1c43766ae47d01ac62af3c7114e8d4059aeaec65b7ff197518608abdb1ac9c2";
    expect(signNotification(pretty, B.secret)["Agora-Signature-V2"]).toBe(v2);
    expect(verify(B.body, { "agora-signature-v2": v2 })).toEqual({ kind: "refused", cause: "mismatch" });
    expect(verify(pretty, { "agora-signature-v2": B.v2 })).toEqual({ kind: "refused", cause: "mismatch" });
  });

  test("vector C parsed and written again does not verify", () => {
    const rewritten = JSON.stringify(JSON.parse(C.body));
    const v2 = "86ae07007bc17ef0fc1563a488f83272ff9f991c786db7de5684748ba52a33a9";
    expect(signNotification(rewritten, C.secret)["Agora-Signature-V2"]).toBe(v2);
    expect(verify(rewritten, { "agora-signature-v2": C.v2 })).toEqual({ kind: "refused", cause: "mismatch" });
    expect(verify(C.body, { "agora-signature-v2": v2 })).toEqual({ kind: "refused", cause: "mismatch" });
  });
});

describe("headers", () => {
  test("V1 that is right does not help V2 that is wrong", () => {
    const headers = { "agora-signature": B.v1, "agora-signature-v2": A.v2 };
    expect(verify(B.body, headers)).toEqual({ kind: "refused", cause: "mismatch" });
    expect(verify(B.body, { ...headers, "agora-signature-v2": "" })).toEqual({ kind: "refused", cause: "malformed" });
  });

  test("are found in any case, and upper-case hex is the same number", () => {
    expect(verify(B.body, { "AGORA-Signature-v2": B.v2.toUpperCase() })).toEqual({ kind: "verified", version: 2 });
  });

  test.each([
    ["no header at all", {}, "unsigned"],
    ["a header without a value", { "agora-signature-v2": undefined }, "unsigned"],
    ["V1's length under V2's name", { "agora-signature-v2": B.v1 }, "malformed"],
    ["text that is no hex", { "agora-signature-v2": "z".repeat(64) }, "malformed"],
    ["a header that came twice", { "agora-signature-v2": [B.v2, B.v2] }, "malformed"],
    ["a header that came twice in two cases", { "agora-signature": B.v1, "Agora-Signature": B.v1 }, "malformed"],
    ["hex with something behind it", { "agora-signature-v2": `${B.v2}\n` }, "malformed"],
  ])("%s is refused", (_name, headers, cause) => {
    expect(verify(B.body, headers)).toEqual({ kind: "refused", cause });
  });

  test("of a `Headers` object count as well", () => {
    const rawBody = new TextEncoder().encode(B.body);
    const headers = new Headers({ "Agora-Signature": B.v1, "Agora-Signature-V2": B.v2 });
    expect(verifyNotification(rawBody, headers, B.secret)).toEqual({ kind: "verified", version: 2 });
    headers.append("agora-signature-v2", B.v2);
    expect(verifyNotification(rawBody, headers, B.secret)).toEqual({ kind: "refused", cause: "malformed" });
  });

  test("a list of one value is that value", () => {
    expect(verify(B.body, { "agora-signature-v2": [B.v2] })).toEqual({ kind: "verified", version: 2 });
  });
});

test("an empty secret is an error and never a signature", () => {
  expect(() => signNotification(B.body, "")).toThrow(ApiConfigError);
  expect(() => verify(B.body, {}, "")).toThrow("notification signature: secret is a hidden value, expected the secret");
});
