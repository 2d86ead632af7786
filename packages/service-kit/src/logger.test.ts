import { describe, expect, test } from "vitest";
import { AutorecError } from "./autorec-error.ts";
import { createLogger } from "./logger.ts";
import { secretOf } from "./words/secret.ts";

const planted = "planted-S3cret-value-0123456789";

function capture(level: "info" | "trace" = "trace") {
  const lines: string[] = [];
  const service = createLogger({
    service: "consumer",
    instanceId: "c-1",
    version: "0.1.0",
    level,
    stream: { write: (line: string) => lines.push(line) },
  });
  const fields = (): Record<string, unknown> => {
    const parsed: unknown = JSON.parse(lines.at(-1) ?? "{}");
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  };
  return { ...service, lines, fields };
}

describe("a line", () => {
  test("names service, instance, version, level and an ISO time", () => {
    const { fields, log } = capture();
    log.info({ from: "CLAIMED" }, "attempt moved");
    expect(fields()).toMatchObject({
      level: "info",
      service: "consumer",
      instanceId: "c-1",
      version: "0.1.0",
      from: "CLAIMED",
      msg: "attempt moved",
    });
    expect(String(fields()["time"])).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  test("below the level is not written", () => {
    const { lines, log } = capture("info");
    log.debug("quiet");
    expect(lines).toEqual([]);
  });
});

describe("secrets never reach the stream", () => {
  test.each([
    ["customerSecret", { customerSecret: planted }],
    ["deep storage keys", { rule: { storageConfig: { accessKey: planted, secretKey: planted } } }],
    ["arrays", { apps: [{ appCertificate: planted }] }],
    ["tokens", { token: planted, start: { clientRequest: { token: planted } } }],
    ["environment names", { AGORA_CUSTOMER_SECRET: planted, STORAGE_KEY: planted, ACCESS_TOKEN: planted }],
    ["headers", { headers: { authorization: `Basic ${planted}` } }],
    ["headers as text", { said: `Authorization: Basic ${Buffer.from(planted).toString("base64")}` }],
    ["objects that hide one", { value: secretOf(planted) }],
    ["foreign objects with reveal", { value: { reveal: (): string => planted, plain: planted } }],
    ["URLs", { url: `redis://user:${planted}@h:1/0` }],
    ["maps", { settings: new Map([["password", planted]]) }],
    ["errors under another name", { reason: Object.assign(new Error("x"), { password: planted }) }],
  ])("as %s", (_name, fields) => {
    const { lines, log } = capture();
    log.warn(fields, "something");
    log.child(fields).error("from a child");
    expect(lines.length).toBe(2);
    expect(lines.join("")).not.toContain(planted);
    expect(lines.join("")).not.toContain(Buffer.from(planted).toString("base64"));
  });

  test("as a property or context of an error or of its cause, while code, retry and ids stay", () => {
    const { fields, lines, log } = capture();
    const cause = Object.assign(new Error(`connect redis://u:${planted}@h failed`), {
      options: { password: planted },
      code: "ECONNREFUSED",
    });
    log.error(
      {
        err: new AutorecError("no Redis", {
          code: "REC_REDIS_UNREACHABLE",
          retry: "retry",
          context: { host: "h" },
          cause,
        }),
      },
      "failed",
    );
    expect(lines.join("")).not.toContain(planted);
    expect(fields()["err"]).toMatchObject({
      type: "AutorecError",
      code: "REC_REDIS_UNREACHABLE",
      retry: "retry",
      context: { host: "h" },
      cause: { code: "ECONNREFUSED" },
    });
  });

  test("I10: in whatever text, once they are told to hide", () => {
    const { hide, lines, log } = capture();
    const messageWithSecret = `message with ${planted}`;
    hide([secretOf('with"quote-and-more'), secretOf(planted)]);
    log.info({ body: `{"x":"${planted}"}`, other: 'with"quote-and-more' }, messageWithSecret);
    expect(lines.join("")).not.toContain(planted);
    expect(lines.join("")).not.toContain("quote-and-more");
  });
});

test("a field that refers to itself is cut, not followed", () => {
  const { fields, log } = capture();
  const loop: { self?: unknown } = {};
  loop.self = loop;
  log.info({ loop }, "looped");
  expect(fields()["loop"]).toEqual({ self: "[circular]" });
});
