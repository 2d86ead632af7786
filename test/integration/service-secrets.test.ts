import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startStack } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import { fastDurations } from "@autorec/domain";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { findSecrets } from "../e2e/find-secrets.ts";
import { testKafkaBrokers } from "../support/kafka.ts";
import { openBareRedis, testRedisUrl } from "../support/redis.ts";
import { startService } from "../support/service-process.ts";
import type { ServiceEnvironment, ServiceProcess } from "../support/service-process.ts";

const patience = { timeout: 60_000, interval: 100 } as const;
const wrongCertificate = "0badc0de0badc0de0badc0de0badc0de";
const devstack = { kafkaBrokers: testKafkaBrokers(), redisUrl: testRedisUrl() };
const examplePolicy = new URL("../../examples/simulator.autorec.yaml", import.meta.url);

// One story, told in the order of the tests: nothing can be recorded, then almost everything, and no secret was told.
let stack: Stack;
let redis: Redis;
let env: ServiceEnvironment;
const started: ServiceProcess[] = [];
const ended: ServiceProcess[] = [];

beforeAll(async () => {
  stack = await startStack({
    devstack,
    consumers: 0,
    watchdogs: 0,
    durations: fastDurations,
    requestsPerSecond: 200,
    delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
    seed: 4,
  });
  // What fails does so before the first query after its start.
  await stack.simulator.changeSettings({ brokenBuckets: ["broken"], durations: { unconfirmedDeathMs: 300 } });
  redis = openBareRedis();
  const path = join(stack.folder, "autorec.yaml");
  await writeFile(path, withBrokenStorage(await readFile(examplePolicy, "utf8")));
  env = { ...stack.env, AUTOREC_CONFIG: path };
});

afterAll(async () => {
  await endServices();
  redis.disconnect();
  await stack.stop();
});

function withBrokenStorage(policy: string): string {
  const storage = /^ {2}simulated:\n(?: {4}.*\n)+/m.exec(policy)?.[0] ?? "";
  const broken = storage.replace("simulated:", "broken:").replace("bucket: recordings", "bucket: broken");
  const rule = '  - { name: broken, match: { app: demo, channel: "broken-*" }, mode: mix, storage: broken }\n';
  return policy.replace(storage, storage + broken).replace("rules:\n", `rules:\n${rule}`);
}

async function startServices(more: ServiceEnvironment): Promise<void> {
  for (const role of ["consumer", "watchdog"] as const)
    started.push(startService(role, { ...env, AUTOREC_INSTANCE_ID: `${role}-1`, ...more }));
  await Promise.all(started.map((service) => service.ready()));
}

async function endServices(): Promise<void> {
  for (const service of started) service.signal("SIGTERM");
  expect(await Promise.all(started.map((service) => service.ended))).toEqual(started.map(() => 0));
  ended.push(...started.splice(0));
}

function output(): string {
  return [...ended, ...started].map((service) => service.output()).join("");
}

function linesWith(...parts: readonly string[]): readonly string[] {
  return output()
    .split("\n")
    .filter((line) => parts.every((part) => line.includes(part)));
}

const enter = (channelName: string, uid = 7): Promise<unknown> => stack.simulator.join({ channelName, uid });

function untilRecorded(channelName: string): Promise<unknown> {
  return stack.simulator.waitFor(
    `a recorder in ${channelName}`,
    ({ channels }) =>
      channels.some(
        (each) =>
          each.channelName === channelName &&
          // Recording, not about to fail.
          each.recorders.some(({ phase, status }) => phase === "live" && status === 5),
      ),
    patience.timeout,
  );
}

async function untilAlarmed(channelName: string): Promise<void> {
  await vi.waitFor(() => {
    const [alarm] = linesWith(`"channelName":"${channelName}"`, '"alarm":"starts_die_unconfirmed"');
    expect(alarm).toContain('"level":"error"');
    expect(alarm).toContain("check App Certificate, storage and transcoding");
    expect(alarm).toContain('"msg":"a person must look"');
  }, patience);
}

test("after three starts that died unconfirmed under a well-formed but wrong certificate the log says what to check", async () => {
  await startServices({ AGORA_APP_CERTIFICATE: wrongCertificate });
  await enter("room");
  await untilAlarmed("room");
  const beforeAlarm = output().slice(0, output().indexOf("starts_die_unconfirmed"));
  expect(beforeAlarm.split('"msg":"attempt started"').length - 1).toBe(3);
  expect(linesWith('"msg":"attempt confirmed"')).toEqual([]);
  await endServices();
});

test("with the right certificate the same channel is recorded; a storage that fails at once raises the same alarm", async () => {
  await startServices({});
  await enter("broken-1");
  await untilRecorded("room");
  await untilAlarmed("broken-1");
});

test("a stored record of an unknown version is left alone and reported; other channels go on", async () => {
  await enter("odd");
  await untilRecorded("odd");
  const keys = await redis.keys(`${stack.runId}:ch:*:odd`);
  expect(keys).toHaveLength(1);
  const [key] = keys;
  if (key === undefined) throw new Error("the record of the channel is not there");
  await redis.hset(key, "schemaVersion", "99");
  await vi.waitFor(() => {
    const [line] = linesWith('"msg":"stored record cannot be read, channel left alone"');
    expect(line).toContain('"level":"error"');
    expect(line).toContain('"channelName":"odd"');
    expect(line).toContain("REC_RECORD_SCHEMA");
    expect(line).toContain("schemaVersion 99");
  }, patience);
  await enter("odd", 8);
  await enter("fine");
  await untilRecorded("fine");
  // Left alone means: not guessed, not written.
  expect(await redis.hget(key, "schemaVersion")).toBe("99");
});

test("no planted secret is in any log, key, record or line of the history", async () => {
  await endServices();
  expect(output()).toContain('"msg":"attempt started"');
  for (const secret of [wrongCertificate, ...secretsOf(stack)]) expect(output()).not.toContain(secret);
  expect(await findSecrets(stack, devstack)).toEqual([]);
});

function secretsOf({ secrets }: Stack): readonly string[] {
  const { appCertificate, customerId, customerSecret, storageAccessKey, storageSecretKey } = secrets;
  const basic = Buffer.from(`${customerId}:${customerSecret}`).toString("base64");
  return [appCertificate, customerSecret, storageAccessKey, storageSecretKey, basic];
}
