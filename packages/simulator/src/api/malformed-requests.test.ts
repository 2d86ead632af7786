import { describe, expect, test } from "vitest";
import { acquirePath, createSimulatedAgora, startRequest } from "../testing/simulated-agora.ts";

const body = { cname: "room", uid: "7", clientRequest: {} };

describe("malformed bodies", () => {
  test.each([
    ["nothing", ""],
    ["broken JSON", `{"cname":`],
    ["two values", "{}{}"],
    ["a comment", `{"cname":"room"} # Replace`],
    ["text", "cname=room"],
    ["a byte order mark", `\ufeff${JSON.stringify(body)}`],
  ])("%s is 400 with malformedCode", async (_, text) => {
    for (const malformedCode of [2, 8] as const) {
      const agora = createSimulatedAgora({ switches: { malformedCode } });
      const answer = await agora.call({ path: acquirePath(), body: text });
      expect(answer).toMatchObject({ status: 400, body: { code: malformedCode } });
    }
  });

  test.each(["null", "7", `"text"`, "[]", "{}", `{"cname":"room"}`])(
    "%s is 400/2 whatever malformedCode says",
    async (text) => {
      const agora = createSimulatedAgora({ switches: { malformedCode: 8 } });
      expect(await agora.call({ path: acquirePath(), body: text })).toMatchObject({ status: 400, body: { code: 2 } });
    },
  );

  test("keys that mean something to JavaScript mean nothing", async () => {
    const agora = createSimulatedAgora();
    const text = `{"__proto__":{"cname":"hall"},"constructor":1,"cname":"room","uid":"7","clientRequest":{"__proto__":{"scene":9}}}`;
    expect(await agora.call({ path: acquirePath(), body: text })).toMatchObject({
      status: 200,
      body: { cname: "room" },
    });
    expect(await agora.call({ path: acquirePath(), body: `{"__proto__":${JSON.stringify(body)}}` })).toMatchObject({
      status: 400,
      body: { code: 2 },
    });
  });

  test.each([101, 50_000])("a body that is nested %i deep is malformed, wherever it goes deep", async (levels) => {
    const agora = createSimulatedAgora();
    const malformed = { status: 400, body: { code: 2, reason: "request body is nested too deeply" } };
    const deep = `${"[".repeat(levels)}${"]".repeat(levels)}`;
    expect(await agora.call({ path: acquirePath(), body: deep })).toMatchObject(malformed);
    const acquire = `{"cname":"room","uid":"7","clientRequest":{"startParameter":${deep}}}`;
    expect(await agora.call({ path: acquirePath(), body: acquire })).toMatchObject(malformed);
    const objects = `${`{"a":`.repeat(levels)}1${"}".repeat(levels)}`;
    expect(await agora.call({ path: acquirePath(), body: objects })).toMatchObject(malformed);
  });

  test("brackets in texts are no levels, and 99 levels are read", async () => {
    const agora = createSimulatedAgora();
    const text = `\\"${"[{".repeat(500)}`;
    expect(
      (await agora.acquire(7, { later: text, deep: JSON.parse(`${"[".repeat(97)}${"]".repeat(97)}`) })).status,
    ).toBe(200);
  });
});

describe("content type", () => {
  test.each([
    undefined,
    "application/json",
    "application/json;charset=utf-8",
    "application/json; charset=UTF-8",
    "Application/JSON",
  ])("%s is read", async (contentType) => {
    expect((await createSimulatedAgora().call({ path: acquirePath(), body, contentType })).status).toBe(200);
  });

  test.each([
    ["jsonOrAbsent", 400],
    ["none", 200],
  ] as const)("another one is refused, contentTypeCheck %s: %i", async (contentTypeCheck, status) => {
    const agora = createSimulatedAgora({ switches: { contentTypeCheck } });
    for (const contentType of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ";", ""]) {
      expect((await agora.call({ path: acquirePath(), body, contentType })).status, contentType).toBe(status);
    }
  });

  test("a query may have any, and any body", async () => {
    const agora = createSimulatedAgora();
    const { resourceId, sid } = await agora.record(7);
    const path = startRequest(resourceId, 7).path.replace("/mode/mix/start", `/sid/${sid}/mode/mix/query`);
    for (const contentType of ["application/json", "text/plain"]) {
      expect((await agora.call({ method: "GET", path, body: "{", contentType })).status).toBe(200);
    }
  });
});
