import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigError } from "./config-error.ts";
import { renderEnvExample } from "./env-example.ts";
import { kafkaEnv } from "./kafka-env.ts";
import { type Env, parseEnv } from "./parse-env.ts";
import { httpEnv, lifeEnv, logEnv } from "./process-env.ts";
import { redisEnv } from "./redis-env.ts";

const planted = "planted-S3cret-value-0123456789";
const folder = mkdtempSync(join(tmpdir(), "autorec-env-"));
const passwordFile = join(folder, "password");
writeFileSync(passwordFile, `${planted}\n`);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const sections = { kafka: kafkaEnv, redis: redisEnv, http: httpEnv, log: logEnv, life: lifeEnv };
const enough = { KAFKA_BROKERS: "127.0.0.1:9092", REDIS_URL: "redis://127.0.0.1" };

function problemsOf(env: Env): ConfigError {
  try {
    parseEnv(sections, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the environment was accepted");
}

describe("parseEnv", () => {
  test("the least environment is enough, and every other value has its default", () => {
    expect(parseEnv(sections, enough)).toEqual({
      kafka: { brokers: ["127.0.0.1:9092"], clientId: "autorec", tls: undefined, sasl: undefined },
      redis: { host: "127.0.0.1", port: 6379, db: 0, username: undefined, password: undefined, tls: undefined },
      http: { host: "127.0.0.1", port: 0 },
      log: { level: "info" },
      life: { drainMs: 25_000, startupWaitMs: 60_000 },
    });
  });

  test("all problems of all sections are named at once, each with value, expectation and hint", () => {
    const error = problemsOf({
      KAFKA_BROKERS: "kafka",
      HTTP_PORT: "70000",
      LOG_LEVEL: "loud",
      DRAIN_MS: "25s",
      REDIS_ULR: "redis://h",
    });
    expect(error.exitCode).toBe(2);
    expect(error.problems.map((problem) => problem.variable).sort()).toEqual([
      "DRAIN_MS",
      "HTTP_PORT",
      "KAFKA_BROKERS",
      "LOG_LEVEL",
      "REDIS_ULR",
      "REDIS_URL",
    ]);
    expect(error.message).toContain(
      "error CONFIG_ENVIRONMENT  HTTP_PORT\n  value     70000\n  expected  a whole number, 0 … 65535",
    );
    expect(error.message).toContain('"kafka" is not host:port');
    expect(error.message).toContain("value     (not set)\n  expected  redis[s]://");
    expect(error.message).toContain("did you mean REDIS_URL?");
    expect(error.message).toContain("6 problems in the environment · nothing was started        (exit 2)");
    expect(error.message).not.toContain("    at ");
  });

  test("an empty variable counts as absent and blanks around a value are dropped", () => {
    expect(parseEnv({ log: logEnv }, { LOG_LEVEL: "" }).log.level).toBe("info");
    expect(parseEnv({ log: logEnv }, { LOG_LEVEL: " debug\n" }).log.level).toBe("debug");
  });

  test("a name of another tool with one of our prefixes is no typing error", () => {
    expect(() =>
      parseEnv(sections, { ...enough, KAFKA_HEAP_OPTS: "-Xmx1g", AGORA_APP_ID: "x", REDIS_PORT: "tcp://1" }),
    ).not.toThrow();
  });

  test("a known variable of another part is no typing error although it is near to one of ours", () => {
    const env = { ...enough, KAFKA_BROKER: "x:1", KAFKA_BROKERS: "" };
    expect(() => parseEnv({ redis: redisEnv }, env, { known: ["KAFKA_BROKER"] })).not.toThrow();
    expect(problemsOf({ ...enough, KAFKA_CLIENT_IDD: "x" }).message).toContain("did you mean KAFKA_CLIENT_ID?");
  });

  test("the sections that come out cannot be changed", () => {
    const { http } = parseEnv(sections, enough);
    expect(Object.isFrozen(http)).toBe(true);
  });
});

describe("Kafka and Redis variables", () => {
  test("login and TLS are read, the password from a file as well as from the variable", () => {
    const { kafka } = parseEnv(sections, {
      ...enough,
      KAFKA_BROKERS: "a:1, b.example:2",
      KAFKA_TLS: "true",
      KAFKA_TLS_CA_FILE: passwordFile,
      KAFKA_SASL_MECHANISM: "SCRAM-SHA-512",
      KAFKA_SASL_USERNAME: "autorec",
      KAFKA_SASL_PASSWORD_FILE: passwordFile,
    });
    expect(kafka.brokers).toEqual(["a:1", "b.example:2"]);
    expect(kafka.tls?.ca).toContain("planted");
    expect(kafka.sasl?.mechanism).toBe("scram-sha-512");
    expect(kafka.sasl?.password.reveal()).toBe(planted);
  });

  test("an IPv6 address of a broker is refused, since kafkajs takes all before its first colon for the host", () => {
    const { problems } = problemsOf({ ...enough, KAFKA_BROKERS: "a:1,[::1]:9092" });
    expect(problems.map(({ expected, variable }) => `${variable}: ${expected}`)).toEqual([
      "KAFKA_BROKERS: host:port[,host:port …]; an IPv6 address needs a host name that stands for it",
    ]);
  });

  test("half a login and certificates without TLS are refused with what is missing", () => {
    expect(
      problemsOf({ ...enough, KAFKA_SASL_MECHANISM: "plain" }).problems.map((problem) => problem.variable),
    ).toEqual(["KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"]);
    expect(problemsOf({ ...enough, KAFKA_SASL_USERNAME: "u" }).message).toContain("KAFKA_SASL_MECHANISM");
    expect(problemsOf({ ...enough, KAFKA_TLS_CA_FILE: passwordFile }).message).toContain("KAFKA_TLS=true");
    expect(problemsOf({ ...enough, KAFKA_TLS: "true", KAFKA_TLS_CERT_FILE: passwordFile }).message).toContain(
      "or neither",
    );
  });

  test("an ACL user, TLS and a database are read from the URL, and the password is hidden from then on", () => {
    const { redis } = parseEnv({ redis: redisEnv }, { REDIS_URL: "rediss://worker:p%40ss%2Fw0rd@r.example:7000/3" });
    expect(redis).toMatchObject({ host: "r.example", port: 7000, db: 3, username: "worker", tls: {} });
    expect(redis.password?.reveal()).toBe("p@ss/w0rd");
  });

  test.each([
    ["redis://u:p,q@a:7000,b,[::1]:7002", [7000, 6379, 7002]],
    ["redis://a:7000/?cluster=true", [7000]],
    ["rediss://a:7000,b:7001/0?cluster=true", [7000, 7001]],
  ])("%s names the nodes of a cluster to begin with", (url, ports) => {
    const { redis } = parseEnv({ redis: redisEnv }, { REDIS_URL: url });
    expect(redis.nodes?.map(({ port }) => port)).toEqual(ports);
    expect(redis).toMatchObject({ port: ports[0], db: 0 });
  });

  test("a password file completes the URL, and two passwords are refused", () => {
    const env = { REDIS_URL: "redis://worker@h", REDIS_PASSWORD_FILE: passwordFile };
    expect(parseEnv({ redis: redisEnv }, env).redis.password?.reveal()).toBe(planted);
    expect(problemsOf({ ...enough, ...env, REDIS_URL: "redis://u:p@h" }).message).toContain("already holds a password");
    expect(problemsOf({ ...enough, REDIS_URL: "redis://worker@h" }).message).toContain("a password for its user");
  });

  test.each([
    "h:6379",
    "http://h",
    "redis://",
    "redis://h/x",
    "redis://h/0?tls=1",
    "redis://u:%@h",
    "redis://h/3?cluster=true",
    "redis://a,/",
    "redis://a,b:x",
  ])("%s is no Redis address", (url) => {
    expect(problemsOf({ ...enough, REDIS_URL: url }).problems.map((problem) => problem.variable)).toEqual([
      "REDIS_URL",
    ]);
  });

  test("a missing file is named with the reason", () => {
    const error = problemsOf({ ...enough, REDIS_PASSWORD_FILE: join(folder, "none") });
    expect(error.message).toContain("this one answers ENOENT");
  });
});

describe("secrets", () => {
  test.each([
    { KAFKA_SASL_PASSWORD: planted },
    { REDIS_URL: `redis://user:${planted}@h:99999` },
    { REDIS_URL: `reddis://user:${planted}@h` },
    { REDIS_URL: `user:${planted}@h` },
    { REDIS_URL: `redis://user:${planted}@h`, REDIS_PASSWORD_FILE: passwordFile },
    { KAFKA_SASL_PASSWORT: planted },
    { KAFKA_BROKERS: `user:${planted}@h:1` },
  ])("no error shows one: %#", (wrong) => {
    const error = problemsOf({ ...enough, ...wrong });
    expect(
      `${error.message} ${String(error.stack)} ${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`,
    ).not.toContain(planted);
  });

  test("parsed settings can be printed in any way without showing one", () => {
    const parsed = parseEnv(sections, {
      ...enough,
      REDIS_URL: `redis://u:${planted}@h`,
      KAFKA_SASL_MECHANISM: "plain",
      KAFKA_SASL_USERNAME: "u",
      KAFKA_SASL_PASSWORD: planted,
    });
    expect(`${JSON.stringify(parsed)} ${inspect(parsed, { depth: 9 })} ${String(parsed.redis.password)}`).not.toContain(
      planted,
    );
    expect(JSON.stringify(parsed.kafka.sasl)).toContain(`***(len ${planted.length})`);
  });
});

test("the example file names every variable with its default and leaves only mandatory ones uncommented", () => {
  const example = renderEnvExample([
    { title: "Redis", section: redisEnv },
    { title: "Life", section: lifeEnv },
  ]);
  expect(example).toContain("## Redis");
  expect(example).toMatch(/^REDIS_URL=redis:\/\/127\.0\.0\.1:6379$/m);
  expect(example).toMatch(/^#REDIS_PASSWORD_FILE=$/m);
  expect(example).toMatch(/^#DRAIN_MS=25000$/m);
});
