import { createServer } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openBareRedis } from "../support/redis.ts";
import { openDeployment, topicsOf } from "../support/service-deployment.ts";
import type { ServiceDeployment } from "../support/service-deployment.ts";
import { runService, startService } from "../support/service-process.ts";

const patience = { timeout: 60_000, interval: 50 } as const;

function expectNoSecret(output: string, secrets: Readonly<Record<string, string>>): void {
  for (const secret of Object.values(secrets)) expect(output).not.toContain(secret);
}

describe("a wrong configuration", () => {
  let deployment: ServiceDeployment;
  beforeAll(async () => {
    deployment = await openDeployment();
  });
  afterAll(async () => {
    // What this guards: nothing was started, so there is nothing to remove.
    expect(await topicsOf(deployment.prefix)).toEqual([]);
    const redis = openBareRedis();
    expect(await redis.keys(`${deployment.prefix}*`)).toEqual([]);
    redis.disconnect();
    await deployment.remove();
  });

  test.each(["consumer", "watchdog"] as const)(
    "a %s without an environment names everything that is missing, at once, and exits with 2",
    async (role) => {
      const { code, output } = await runService(role, {});
      expect(code).toBe(2);
      for (const variable of ["KAFKA_BROKERS", "REDIS_URL", "AUTOREC_DEPLOYMENT_ID"])
        expect(output).toMatch(new RegExp(`error CONFIG_ENVIRONMENT {2}${variable}\n {2}value {5}\\(not set\\)`));
      expect(output).toContain("3 problems in the environment · nothing was started        (exit 2)");
      expect(output).not.toMatch(/^\s+at /m);
    },
  );

  test("a malformed environment names every variable, its value and what is expected, and shows no secret", async () => {
    const planted = { sasl: "planted-sasl-password", redis: "planted-redis-password" };
    const { code, output } = await runService("consumer", {
      ...deployment.env,
      KAFKA_BROKERS: "kafka without a port",
      KAFKA_SASL_PASSWORD: planted.sasl,
      REDIS_URL: `http://autorec:${planted.redis}@127.0.0.1:6379`,
      AUTOREC_SHARDS: "0",
      AUTOREC_KEY_PREFIX: "with blanks",
      AUTOREC_LEASE_MS: "thirty seconds",
      AGORA_BASE_URL: "http://api.agora.io",
      HTTP_PORT: "65536",
      LOG_LEVEL: "loud",
      STARTUP_WAIT_MS: "-1",
    });
    expect(code).toBe(2);
    for (const [variable, value] of [
      ["KAFKA_BROKERS", "kafka without a port"],
      ["AUTOREC_SHARDS", "0"],
      ["AUTOREC_KEY_PREFIX", "with blanks"],
      ["AUTOREC_LEASE_MS", "thirty seconds"],
      ["AGORA_BASE_URL", "http://api.agora.io"],
      ["HTTP_PORT", "65536"],
      ["LOG_LEVEL", "loud"],
      ["STARTUP_WAIT_MS", "-1"],
    ] as const)
      expect(output).toContain(`error CONFIG_ENVIRONMENT  ${variable}\n  value     ${value}\n  expected  `);
    expect(output).toContain("error CONFIG_ENVIRONMENT  REDIS_URL\n");
    expectNoSecret(output, { ...deployment.secrets, ...planted });
  });

  test("durations that contradict each other are named although each alone is well formed", async () => {
    const { code, output } = await runService("watchdog", { ...deployment.env, AUTOREC_SPACING404_MS: "1000" });
    expect(code).toBe(2);
    expect(output).toContain(
      "AUTOREC_SPACING404_MS\n  value     1000\n  expected  spacing404 (1000) must be greater than migrationMax (4000)",
    );
  });

  test("a malformed policy shows all problems with file, line, column and what was meant, but no literal secret", async () => {
    const planted = "planted-literal-secret";
    const path = await deployment.policy("malformed.yaml", (text) =>
      text
        .replace('customerSecret: "${env:AGORA_CUSTOMER_SECRET}"', `customerSecret: ${planted}`)
        .replace("requestsPerSecond: 50", "requestsPerSecond: many")
        .replace("storage: simulated", "storrage: simulated"),
    );
    const { code, output } = await runService("consumer", { ...deployment.env, AUTOREC_CONFIG: path });
    expect(code).toBe(2);
    expect(output).toContain(`error CONFIG_LITERAL_SECRET  ${path}:8:21`);
    expect(output).toContain("${env:NAME}");
    expect(output).toMatch(new RegExp(`error CONFIG_VALUE {2}${path}:10:\\d+`));
    expect(output).toMatch(new RegExp(`error CONFIG_UNKNOWN_KEY {2}${path}:25:5\n.*\n.*did you mean "storage"\\?`));
    expect(output).toContain("nothing was started        (exit 2)");
    expectNoSecret(output, { ...deployment.secrets, planted });
  });

  test("a policy file that is not there is named, with the variable that names it", async () => {
    const { code, output } = await runService("watchdog", {
      ...deployment.env,
      AUTOREC_CONFIG: "/nowhere/autorec.yaml",
    });
    expect(code).toBe(2);
    expect(output).toContain("error CONFIG_FILE  /nowhere/autorec.yaml\n");
    expect(output).toContain("(ENOENT); AUTOREC_CONFIG names it");
  });

  test("a recording that Agora would refuse is refused with its place, its value and the range", async () => {
    const path = await deployment.policy("impossible.yaml", (text) =>
      text.concat("    recordingConfig: { transcodingConfig: { width: 640, height: 360, fps: 15, bitrate: 99999 } }\n"),
    );
    const { code, output } = await runService("consumer", { ...deployment.env, AUTOREC_CONFIG: path });
    expect(code).toBe(2);
    expect(output).toMatch(new RegExp(`error CONFIG_VALUE {2}${path}:\\d+:\\d+`));
    expect(output).toMatch(/99999; expected .*6500/);
    expect(output).not.toMatch(/^\s+at /m);
  });

  test("what only shows when the request is built, such as a salt behind a reference, is refused with words too", async () => {
    const path = await deployment.policy("impossible-salt.yaml", (text) =>
      text.concat(
        '    recordingConfig: { decryptionMode: 8, secret: "${env:MEDIA_KEY}", salt: "${env:MEDIA_SALT}" }\n',
      ),
    );
    const planted = { MEDIA_KEY: "planted-media-key", MEDIA_SALT: "cGxhbnRlZC1zYWx0" };
    const { code, output } = await runService("consumer", { ...deployment.env, ...planted, AUTOREC_CONFIG: path });
    expect(code).toBe(2);
    expect(output).toContain(
      `error REC_API_CONFIG  ${path}\n  rule "everything": recordingConfig.salt is a hidden value; expected `,
    );
    expect(output).toContain("1 problem in");
    expect(output).not.toMatch(/^\s+at /m);
    expectNoSecret(output, planted);
  });

  test("an App ID and a certificate of another form are named with their places; the certificate is not shown", async () => {
    const planted = "planted-certificate";
    const { code, output } = await runService("watchdog", {
      ...deployment.env,
      AGORA_APP_ID: "my-app",
      AGORA_APP_CERTIFICATE: planted,
    });
    expect(code).toBe(2);
    expect(output).toContain('"my-app"; expected an App ID, 32 hex digits');
    expect(output).toContain("***(len 19); expected an App Certificate, 32 hex digits");
    expectNoSecret(output, { planted });
  });
});

describe("a dependency that is not there", () => {
  let deployment: ServiceDeployment;
  beforeAll(async () => {
    deployment = await openDeployment();
  });
  afterAll(() => deployment.remove());

  test.each([
    ["kafka", { KAFKA_BROKERS: "127.0.0.1:9" }, "REC_KAFKA_UNREACHABLE"],
    ["redis", { REDIS_URL: "redis://:planted-redis-password@127.0.0.1:9" }, "REC_REDIS_UNREACHABLE"],
  ])("%s is waited for, the log says so, and after the limit the process exits with 5", async (name, address, code) => {
    const wait = { STARTUP_WAIT_MS: "1500", LOG_LEVEL: "warn" };
    const startedAtMs = performance.now();
    const ended = await runService("consumer", { ...deployment.env, ...address, ...wait });
    expect(ended.code).toBe(5);
    expect(ended.output).toMatch(new RegExp(`"dependency":"${name}".*"msg":"waiting for dependency"`));
    expect(ended.output).toMatch(
      new RegExp(`error ${code} {2}${name} did not answer within 1500 ms: .*ECONNREFUSED 127.0.0.1:9;.*\\(exit 5\\)`),
    );
    expect(ended.output).not.toContain("planted");
    expect(performance.now() - startedAtMs).toBeGreaterThan(1_000);
  });

  const silent = createServer((socket) => socket.on("error", () => undefined).resume());
  beforeAll(() => once(silent.listen(0, "127.0.0.1"), "listening"));
  afterAll(() => void silent.close());
  const silentPort = (): string => {
    const address = silent.address();
    return typeof address === "object" ? String(address?.port) : "";
  };

  test.each([
    ["consumer", "SIGTERM", "kafka that refuses", () => ({ KAFKA_BROKERS: "127.0.0.1:9" })],
    ["watchdog", "SIGINT", "kafka that is silent", () => ({ KAFKA_BROKERS: `127.0.0.1:${silentPort()}` })],
    ["watchdog", "SIGTERM", "redis that refuses", () => ({ REDIS_URL: "redis://127.0.0.1:9" })],
    ["consumer", "SIGINT", "redis that is silent", () => ({ REDIS_URL: `redis://127.0.0.1:${silentPort()}` })],
  ] as const)("a %s that gets a %s while it waits for %s says so and ends at once, with 0", async (...example) => {
    const [role, signal, dependency, address] = example;
    const service = startService(role, { ...deployment.env, ...address(), STARTUP_WAIT_MS: "60000" });
    try {
      await vi.waitFor(() => expect(service.output()).toContain('"msg":"waiting for dependency"'), patience);
      const toldAtMs = performance.now();
      service.signal(signal);
      expect(await service.ended).toBe(0);
      expect(performance.now() - toldAtMs).toBeLessThan(2_000);
    } finally {
      service.signal("SIGKILL");
    }
    const [name] = dependency.split(" ");
    expect(service.output()).toMatch(new RegExp(`"waitedFor":"${name}","msg":"told to stop while starting"`));
    expect(service.output()).not.toContain("error REC_");
  });
});
