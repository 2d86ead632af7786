import { describe, expect, test } from "vitest";
import { startAnswer, stopAnswer, synchronousStopAnswer } from "./classify-answer.ts";
import type { Exchange } from "./http-exchange.ts";
import { secretsOf } from "./hide-secrets.ts";
import { interpretAnswer } from "./interpret-answer.ts";

function answered(httpStatus: number, body: unknown, requestId?: string): Exchange {
  const bodyText = typeof body === "string" ? body : JSON.stringify(body);
  return { kind: "answered", httpStatus, requestId, bodyText };
}

function start(exchange: Exchange, secrets: readonly string[] = []): ReturnType<typeof startAnswer> {
  return interpretAnswer("start", exchange, { classify: startAnswer, secrets });
}

describe("an answer that nobody foresaw", () => {
  test("is an outcome, and its beginning is kept for the operator", () => {
    const body = { code: 4_711, reason: "new words", details: { hint: "x".repeat(400) } };
    const answer = start(answered(418, body));
    expect(answer).toMatchObject({ outcome: "again", alarm: true, unforeseen: true });
    expect(answer.excerpt).toBe(JSON.stringify(body).slice(0, 300));
  });

  test("keeps nothing of a body that never came or was too large", () => {
    const tooLarge = { kind: "answered", httpStatus: 418, requestId: undefined, bodyText: undefined } as const;
    expect(start(tooLarge).excerpt).toBeUndefined();
    expect(start(tooLarge).unforeseen).toBe(true);
  });

  test("is told apart from one that the reference describes, of which nothing is kept", () => {
    for (const foreseen of [answered(206, { code: 65 }), answered(503, "<html>"), answered(400, { code: 2 })]) {
      expect(start(foreseen)).not.toHaveProperty("unforeseen");
      expect(start(foreseen)).not.toHaveProperty("excerpt");
    }
  });
});

describe("secrets that come back", () => {
  const secret = `planted/"secret"\\é`;
  const secrets = [secret];

  test.each([
    ["as they are", secret],
    ["escaped for JSON", JSON.stringify(secret)],
    ["escaped for JSON by PHP", JSON.stringify(secret).replaceAll("/", "\\/")],
    [
      "in unicode escapes",
      `"${Array.from(secret, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`,
    ],
    ["escaped for a URL", encodeURIComponent(secret)],
    ["escaped for a URL in lower case", encodeURIComponent(secret).toLowerCase()],
    ["escaped for a URL in any case", encodeURIComponent(secret).replace("%2F", "%2f")],
  ])("are hidden %s", (_name, text) => {
    for (const body of [`{"x":${text.startsWith('"') ? text : '""'},"y":1}`, `oops: ${text}`]) {
      const { excerpt = "" } = start(answered(418, body), secrets);
      expect(excerpt).not.toContain("planted");
      expect(excerpt).not.toContain("\\u0070");
    }
  });

  test.each(["base64", "base64url"] as const)("are hidden in %s, wherever in it they stand", (encoding) => {
    const token = "007planted?>~token";
    for (const [before, after] of [
      ["", ""],
      ["u", ":x"],
      ["me", ""],
      ["you", "!"],
    ] as const) {
      const text = Buffer.from(`${before}${token}${after}`).toString(encoding);
      const { message = "" } = start(answered(400, { code: 2, reason: `no ${text}` }), [token]);
      expect(message).toContain("[hidden]");
      expect(message.replace("[hidden]", "").length).toBeLessThanOrEqual("no ".length + 10);
    }
  });

  test.each([
    ["the key of a stream", { rtmpUrl: "rtmp://a/live/STREAMKEY1" }, "STREAMKEY1"],
    ["the key of a stream with a signature", { rtmpUrl: "rtmp://a/live/STREAMKEY1?sign=SIGNATURE" }, "SIGNATURE"],
    ["a value of a page's query", { url: "https://u:p@site/?t=TOKENTOKEN" }, "TOKENTOKEN"],
    ["a query that is one value", { url: "https://site/?TOKENTOKEN" }, "TOKENTOKEN"],
    ["a value of a query, decoded", { url: "https://site/?t=TOKEN%2FTOKEN" }, "TOKEN/TOKEN"],
    ["a value behind the hash", { url: "https://site/room#t=TOKENTOKEN" }, "TOKENTOKEN"],
    ["a password", { callbackUrl: "https://somebody:PASSWORD@site/" }, "PASSWORD"],
    ["a user", { url: "https://somebody:p@site/" }, "somebody"],
    ["a key of a service to come", { encryptionKeys: [{ aesKey: "AESKEY16" }] }, "AESKEY16"],
  ])("are hidden also where only %s comes back", (_name, clientRequest, part) => {
    const secrets = secretsOf({ clientRequest: { deeper: [clientRequest] } });
    const { message } = start(answered(400, { code: 2, reason: `cannot push to ${part}` }), secrets);
    expect(message).toBe("cannot push to [hidden]");
  });

  test("are hidden by the name of their field, also where the body is cut off", () => {
    for (const body of [
      `{"a":{"secretKey":"not told to us"},"token": "007abc\\"def"}`,
      `{"SECRETKEY":{"text":["not told to us"]}}`,
      `{"a":1,"secretKey" : "not told to us`,
      `{"stsToken":"not told to us\\`,
      `{"playbackUrl":"not told to us"}`,
      `{"aesKey":"not told to us`,
    ]) {
      const { excerpt = "" } = start(answered(418, body));
      expect(excerpt).toContain("[hidden]");
      expect(excerpt).not.toMatch(/not told|007abc|def/);
    }
  });

  test("are hidden before the excerpt is cut, so that no part of one is left at its end", () => {
    const body = `${"x".repeat(290)}${"s3cret-".repeat(4)}`;
    expect(start(answered(418, body), ["s3cret-".repeat(4)]).excerpt).toBe(`${"x".repeat(290)}[hidden]`);
  });

  test("are hidden in Agora's words and in its request id", () => {
    const answer = start(answered(400, { code: 2, reason: `no ${secret}` }, `id-${secret}`), secrets);
    expect(answer).toMatchObject({ message: "no [hidden]", requestId: "id-[hidden]" });
  });
});

describe("a stop that waits for its uploads", () => {
  const synchronous = (exchange: Exchange): ReturnType<typeof stopAnswer> =>
    interpretAnswer("stop", exchange, { classify: synchronousStopAnswer, secrets: [] });
  const asynchronous = (exchange: Exchange): ReturnType<typeof stopAnswer> =>
    interpretAnswer("stop", exchange, { classify: stopAnswer, secrets: [] });

  test("is done when Agora says that only the uploads are late, whichever code it takes for that", () => {
    for (const body of [{ code: 50 }, { code: 66 }, {}]) {
      expect(synchronous(answered(206, body))).toMatchObject({ outcome: "done", reason: "ok" });
    }
    expect(asynchronous(answered(206, {}))).toMatchObject({ outcome: "unknown" });
  });

  test("is not taken for done by 206/65, which may also mean that the stop got lost on its way", () => {
    expect(synchronous(answered(206, { code: 65 }))).toMatchObject({ outcome: "unknown" });
    expect(asynchronous(answered(206, { code: 65 }))).toMatchObject({ outcome: "unknown" });
  });
});
