import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GuardedKafka, startGuardedKafka } from "@autorec/devstack";
import {
  checkKafka,
  createConsumer,
  createKafka,
  createLogger,
  createProducer,
  ensureTopics,
  kafkaEnv,
  parseEnv,
} from "@autorec/service-kit";
import type { Kafka } from "kafkajs";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startOnOwnJava } from "../support/optional-program.ts";
import { deploymentOfTest } from "../support/service-deployment.ts";
import { runService, serveAndEnd } from "../support/service-process.ts";

// As production has it: one listener with TLS and a login. Whether the shared broker of the other tests is a container or
// a program does not matter here; this one needs Java, whose keytool makes its certificate.
const user = { name: "autorec", password: "Pa55wordOfTheTest" } as const;
const { log } = createLogger({
  service: "test",
  instanceId: "i",
  version: "v",
  level: "silent",
  stream: { write: () => undefined },
});

let broker: GuardedKafka | undefined;
let missing: string | undefined;
const folder = mkdtempSync(join(tmpdir(), "autorec-kafka-sasl-tls-"));

beforeAll(async () => {
  ({ program: broker, missing } = await startOnOwnJava(() => startGuardedKafka({ user, log: () => undefined })));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await broker?.stop();
});
beforeEach(({ skip }) => {
  skip(missing !== undefined, `Kafka with TLS and a login runs on this machine's Java only: ${missing ?? ""}`);
});

type Env = Readonly<Record<string, string | undefined>>;

/** What a process is told so that this broker lets it in. */
function guardedEnv() {
  return {
    KAFKA_BROKERS: broker?.brokers ?? "",
    KAFKA_TLS: "true",
    KAFKA_TLS_CA_FILE: broker?.caFile ?? "",
    KAFKA_SASL_MECHANISM: "scram-sha-512",
    KAFKA_SASL_USERNAME: user.name,
    KAFKA_SASL_PASSWORD: user.password,
  };
}

/** The client that a process with this environment would have; what is undefined is left out. */
function kafkaOf(changes: Env = {}): Kafka {
  return createKafka(parseEnv({ kafka: kafkaEnv }, { ...guardedEnv(), ...changes }).kafka, { log, retries: 1 });
}

/** How a process fails that asks this broker for its brokers, as it does first when it starts. */
async function failureOf(changes: Env): Promise<unknown> {
  const admin = kafkaOf(changes).admin();
  onTestFinished(() => admin.disconnect());
  return checkKafka(admin).then(
    () => "no failure",
    (err: unknown) => err,
  );
}

describe("a broker that wants TLS and a login", () => {
  test.each(["plain", "scram-sha-256", "scram-sha-512"])("takes and gives records by %s", async (mechanism) => {
    const kafka = kafkaOf({ KAFKA_SASL_MECHANISM: mechanism });
    const admin = kafka.admin();
    const producer = createProducer(kafka);
    const consumer = createConsumer(kafka, { groupId: `g-${randomUUID()}`, sessionMs: 6_000, rebalanceMs: 6_000 });
    onTestFinished(async () => {
      await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
    });
    const topic = `t-${randomUUID()}`;
    await ensureTopics(admin, [{ topic, partitions: 1, cleanupPolicy: "delete" }]);
    await producer.connect();
    await producer.send({ topic, messages: [{ key: "room", value: `said by ${mechanism}` }] });

    await consumer.subscribe({ topic, fromBeginning: true });
    const first = Promise.withResolvers<string | undefined>();
    await consumer.run({ eachMessage: async ({ message }) => first.resolve(message.value?.toString()) });
    expect(await first.promise).toBe(`said by ${mechanism}`);
  });

  test("takes the password from a file too", async () => {
    const file = join(folder, "password");
    writeFileSync(file, `${user.password}\n`);
    const admin = kafkaOf({ KAFKA_SASL_PASSWORD: undefined, KAFKA_SASL_PASSWORD_FILE: file }).admin();
    onTestFinished(() => admin.disconnect());
    expect(await checkKafka(admin)).toBe(1);
  });

  test.each(["plain", "scram-sha-512"])("refuses a wrong password by %s for good, and says so", async (mechanism) => {
    const failure = await failureOf({ KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_PASSWORD: "another-password" });
    expect(failure).toMatchObject({ code: "REC_KAFKA_AUTH", retry: "terminal" });
    expect(String(failure)).toMatch(/authentication failed.*check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD$/i);
    expect(JSON.stringify(failure) + String(failure)).not.toContain("another-password");
  });

  test("is not trusted without its certificate, and the error names the setting", async () => {
    const failure = await failureOf({ KAFKA_TLS_CA_FILE: undefined });
    expect(failure).toMatchObject({ code: "REC_KAFKA_UNREACHABLE", retry: "retry" });
    expect(String(failure)).toMatch(/self-signed certificate.*KAFKA_TLS_CA_FILE names the certificates to trust$/);
  });

  test("is not trusted under a name that its certificate lacks", async () => {
    const failure = await failureOf({ KAFKA_BROKERS: broker?.brokers.replace("127.0.0.1", "localhost") });
    expect(failure).toMatchObject({ code: "REC_KAFKA_UNREACHABLE" });
    expect(String(failure)).toMatch(/altnames.*KAFKA_BROKERS and the broker's advertised\.listeners must use a name/);
  });

  test.each([
    ["TLS", { KAFKA_TLS: "false", KAFKA_TLS_CA_FILE: undefined }],
    ["a login", { KAFKA_SASL_MECHANISM: undefined, KAFKA_SASL_USERNAME: undefined, KAFKA_SASL_PASSWORD: undefined }],
  ])("says nothing to a client without %s; the error says what it may want", async (_what, changes) => {
    expect(String(await failureOf(changes))).toMatch(/from the start: KAFKA_TLS, KAFKA_SASL_MECHANISM$/);
  });

  test.each(["consumer", "watchdog"] as const)("lets a whole %s in, which prints no password", async (role) => {
    const { env } = await deploymentOfTest();
    const { code, output } = await serveAndEnd(role, { ...env, ...guardedEnv() });
    expect(code).toBe(0);
    expect(output).not.toContain(user.password);
  });

  test("ends a process with a wrong password at once, with exit code 6 and what to look at", async () => {
    const { env } = await deploymentOfTest();
    const wrong = { KAFKA_SASL_PASSWORD: "another-password" };
    const { code, output } = await runService("consumer", { ...env, ...guardedEnv(), ...wrong });
    expect(code).toBe(6);
    expect(output).toMatch(/^error REC_KAFKA_AUTH .*check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/m);
    expect(output).not.toContain("another-password");
  });
});
