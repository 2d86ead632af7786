import { readFile } from "node:fs/promises";
import { startStack } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import { startDevstack } from "@autorec/devstack";
import type { Devstack } from "@autorec/devstack";
import { fastDurations } from "@autorec/domain";
import { readHistory } from "@autorec/simulator/judge";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startRedisProxy } from "../support/redis-proxy.ts";
import { openBareRedis } from "../support/redis.ts";
import { startService } from "../support/service-process.ts";

const patience = { timeout: 60_000, interval: 100 } as const;
/** For what passes within a lease. */
const often = { ...patience, interval: 20 } as const;

// Kafka is stopped and Redis cut off and emptied here, so both are this file's own. One stack lives through all tests,
// in their order: that it is still there at the end is part of what they show.
let devstack: Devstack;
let proxy: Awaited<ReturnType<typeof startRedisProxy>>;
let redis: Redis;
let stack: Stack;

beforeAll(async () => {
  const { REDIS_URL: _shared, ...env } = process.env;
  devstack = await startDevstack({ ownBroker: true, env, log: () => undefined });
  proxy = await startRedisProxy(devstack.redisUrl);
  redis = openBareRedis(devstack.redisUrl);
  stack = await startStack({
    devstack: { kafkaBrokers: devstack.kafkaBrokers, redisUrl: proxy.url },
    consumers: 1,
    watchdogs: 1,
    durations: fastDurations,
    requestsPerSecond: 200,
    delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
    seed: 1,
  });
});

afterAll(async () => {
  await stack.stop();
  redis.disconnect();
  proxy.close();
  await devstack.stop();
});

function urlOf(name: "consumer-1" | "watchdog-1"): string {
  const service = stack.services.get(name);
  if (service === undefined) throw new Error(`the stack has no ${name}`);
  return service.url;
}

interface Readiness {
  readonly code: number;
  readonly body: unknown;
}

async function readiness(name: "consumer-1" | "watchdog-1"): Promise<Readiness> {
  const answer = await fetch(new URL("/readyz", urlOf(name)));
  return { code: answer.status, body: await answer.json() };
}

async function untilReady(): Promise<void> {
  await vi.waitFor(async () => {
    for (const name of ["consumer-1", "watchdog-1"] as const)
      expect(await readiness(name)).toMatchObject({ code: 200 });
  }, patience);
}

async function metricsOf(name: "consumer-1" | "watchdog-1"): Promise<string> {
  return (await fetch(new URL("/metrics", urlOf(name)))).text();
}

function seriesOf(metrics: string): readonly string[] {
  return metrics.split("\n").filter((line) => line.startsWith("autorec_"));
}

async function join(channelNames: readonly string[]): Promise<void> {
  await Promise.all(channelNames.map((channelName) => stack.simulator.join({ channelName, uid: 7 })));
}

async function untilRecorded(channelNames: readonly string[]): Promise<void> {
  await stack.simulator.waitFor(
    `recorders in ${channelNames.join(", ")}`,
    ({ channels }) =>
      channelNames.every((name) =>
        channels.some(
          ({ channelName, recorders }) => channelName === name && recorders.some(({ phase }) => phase === "live"),
        ),
      ),
    patience.timeout,
  );
}

async function logs(): Promise<string> {
  const paths = [...stack.services.values()].flatMap((service) => service.logPaths);
  return (await Promise.all(paths.map((path) => readFile(path, "utf8")))).join("");
}

function pids(): readonly number[] {
  return [...stack.services.values()].map((service) => service.pid);
}

const names = (count: number, from: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `counted-${String(from + i)}`);

test("a process that works says that it is alive and ready, with every check by its name", async () => {
  for (const [name, checks] of [
    ["consumer-1", ["redis", "kafka", "state", "group", "presence", "lag"]],
    ["watchdog-1", ["redis", "kafka", "state"]],
  ] as const) {
    const health = await fetch(new URL("/healthz", urlOf(name)));
    expect({ code: health.status, body: await health.json() }).toEqual({
      code: 200,
      body: { status: "alive", service: name.slice(0, -2) },
    });
    expect(await readiness(name)).toEqual({
      code: 200,
      body: {
        status: "ready",
        service: name.slice(0, -2),
        checks: Object.fromEntries(checks.map((check) => [check, { ok: true }])),
      },
    });
  }
});

/** The labels of operators.md §3, and those of the format itself. */
const allowedLabels = new Set(
  (
    "app account rule mode slot state cause verdict call class outcome source result reason partition script action scope " +
    "kind hash sid version le"
  ).split(" "),
);

test("metrics have as many series with 25 channels as with 5, only labels from closed sets, and no name of a channel", async () => {
  const few = names(5, 1);
  await join(few);
  await untilRecorded(few);
  const countSeries = async (): Promise<readonly number[]> => [
    seriesOf(await metricsOf("consumer-1")).length,
    seriesOf(await metricsOf("watchdog-1")).length,
  ];
  const withFew = await countSeries();
  expect(Math.min(...withFew)).toBeGreaterThan(100);
  expect(Math.max(...withFew)).toBeLessThan(2_000);
  const many = names(20, 6);
  await join(many);
  await untilRecorded([...few, ...many]);
  expect(await countSeries()).toEqual(withFew);

  for (const name of ["consumer-1", "watchdog-1"] as const) {
    const text = await metricsOf(name);
    expect(text).not.toContain("counted-");
    for (const secret of Object.values(stack.secrets)) expect(text).not.toContain(secret);
    const labels = seriesOf(text).flatMap((line) => [...line.matchAll(/[{,](\w+)="/g)].map(([, label]) => label ?? ""));
    expect([...new Set(labels)].filter((label) => !allowedLabels.has(label))).toEqual([]);
  }
});

test("SIGTERM drains: the process says how long it took and what it left, and exits with 0", async () => {
  const [consumer, watchdog] = (["consumer", "watchdog"] as const).map((role) =>
    startService(role, { ...stack.env, AUTOREC_INSTANCE_ID: `${role}-drained` }),
  );
  if (consumer === undefined || watchdog === undefined) throw new Error("two services were started");
  try {
    await Promise.all([consumer.ready(), watchdog.ready()]);
    // Work to be under way when the signal comes.
    await join(names(5, 26));
  } finally {
    consumer.signal("SIGTERM");
    watchdog.signal("SIGTERM");
  }
  expect([await consumer.ended, await watchdog.ended]).toEqual([0, 0]);
  for (const service of [consumer, watchdog]) {
    const output = service.output();
    expect(output).toContain('"msg":"draining"');
    expect(output).toMatch(/"msg":"drained in \d+\.\d s, \d+ finished, 0 left"/);
  }
  await untilRecorded(names(5, 26));
  await untilReady();
});

test("while Redis is away both processes say so and live on; a join of that time is recorded when it is back", async () => {
  const before = pids();
  proxy.cut();
  for (const name of ["consumer-1", "watchdog-1"] as const) {
    await vi.waitFor(async () => {
      const { code, body } = await readiness(name);
      expect({ code, body }).toMatchObject({
        code: 503,
        body: { status: "not_ready", checks: { redis: { ok: false } } },
      });
    }, patience);
    expect((await fetch(new URL("/healthz", urlOf(name)))).status).toBe(200);
  }
  await join(["during-redis"]);
  // The consumer has met the event, and Redis did not take it.
  await vi.waitFor(async () => {
    expect(await readiness("consumer-1")).toMatchObject({ body: { checks: { presence: { ok: false } } } });
  }, patience);
  // A Redis that was restarted has its data back, but not the scripts.
  await redis.script("FLUSH");
  await proxy.mend();
  await untilRecorded(["during-redis"]);
  await untilReady();
  expect(pids()).toEqual(before);
  expect(await logs()).not.toContain("uncaught error");
});

test("while Kafka is away both processes say so and live on; a join of that time is recorded when it is back", async () => {
  const before = pids();
  await stack.simulator.note({ note: "broker-stopped" });
  await devstack.stopKafka();
  await join(["during-kafka"]);
  for (const name of ["consumer-1", "watchdog-1"] as const) {
    await vi.waitFor(async () => {
      expect(await readiness(name)).toMatchObject({ code: 503, body: { checks: { kafka: { ok: false } } } });
    }, patience);
    expect((await fetch(new URL("/healthz", urlOf(name)))).status).toBe(200);
  }
  await devstack.startKafka();
  await stack.simulator.note({ note: "broker-up" });
  await untilRecorded(["during-kafka"]);
  await untilReady();
  expect(pids()).toEqual(before);
  expect(await logs()).not.toContain("uncaught error");
});

test("when Redis loses everything, the log raises an alarm, readiness names the state, and nothing is claimed until Kafka has brought it back", async () => {
  const looked = async (): Promise<number> =>
    seriesOf(await metricsOf("consumer-1"))
      .filter((line) => line.startsWith('autorec_reconciles_total{source="event"'))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  await redis.flushall();
  const lookedBefore = await looked();
  await join(["after-loss"]);
  // The alarm needs nobody who asks for readiness.
  await vi.waitFor(async () => {
    const alarms = (await logs()).split("\n").filter((line) => line.includes('"code":"REC_STATE_LOST"'));
    expect(alarms.map((line) => /"level":"(\w+)"/.exec(line)?.[1])).toEqual(["error", "error"]);
  }, often);
  for (const name of ["consumer-1", "watchdog-1"] as const) {
    const state = { ok: false, reason: "16 of 16 shards have no state (REC_STATE_LOST)" };
    expect(await readiness(name)).toMatchObject({ code: 503, body: { checks: { state } } });
  }
  await vi.waitFor(async () => {
    expect(await looked()).toBeGreaterThan(lookedBefore);
  }, often);
  expect(await startsIn("after-loss"), "nothing was claimed without the state").toBe(0);
  await untilRecorded(["after-loss"]);
  await untilReady();
  expect(await startsIn("after-loss")).toBe(1);
  expect(await startsIn("during-kafka"), "who recorded before goes on, and is not doubled").toBe(1);
});

async function startsIn(channelName: string): Promise<number> {
  const lines = await readHistory(stack.historyPath);
  return lines.filter((line) => line.kind === "recorder-joined" && line.channelName === channelName).length;
}
