import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { roleOf, startStack } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import { startDevstack } from "@autorec/devstack";
import type { Devstack } from "@autorec/devstack";
import { fastDurations } from "@autorec/domain";
import type { Durations } from "@autorec/domain";
import type { AttemptState } from "@autorec/events";
import { createSessionStore } from "@autorec/session-store";
import type { SessionStore } from "@autorec/session-store";
import { readHistory } from "@autorec/simulator/judge";
import { Redis } from "ioredis";
import { Kafka, logLevel } from "kafkajs";
import type { EachMessagePayload } from "kafkajs";
import { beforeAll, afterAll, expect, test, vi } from "vitest";
import { countRecorders, emptyAndJudge } from "../support/judged-stack.ts";
import { randomPrefix } from "../support/redis.ts";
import { writePolicy } from "../support/write-policy.ts";

// Redis is emptied and restarted here, so it is this file's own. What happened is judged by the simulator's history alone;
// autorec's own state only says when to look. The tests are chapters of one story, since it takes long until 200 channels are
// recorded: each begins with all of them recorded, and the last one judges the whole.
const patience = { timeout: 90_000, interval: 200 } as const;
const channelCount = 200;
const channelNames = Array.from({ length: channelCount }, (_, i) => `live-${String(i).padStart(3, "0")}`);
const people = channelNames.map((channelName, i) => ({ channelName, uid: 1 + i }));

/** Polls of 200 channels, each in processes of their own, leave little of two cores; detection is not what is measured. */
const durations: Durations = { ...fastDurations, pollMs: 6_000 };
const limitMs = 300_000;
const folder = mkdtempSync(join(tmpdir(), "autorec-redis-loss-"));
/** Room for all of them beside the workers that are kept for successors. */
const quota = { requestsPerSecond: 400, workers: 300 };

let devstack: Devstack;
let redis: Redis;
let stack: Stack;
let store: SessionStore;

beforeAll(async () => {
  devstack = await startDevstack({ ownBroker: true, ownRedis: true, log: () => undefined });
  redis = new Redis(devstack.redisUrl, { protocol: 2 });
  // It is restarted.
  redis.on("error", () => undefined);
  await recordAll();
}, limitMs);

afterAll(async () => {
  await store.close();
  await stack.stop();
  redis.disconnect();
  rmSync(folder, { recursive: true, force: true });
  await devstack.stop();
});

/** Everybody is in a channel and every channel is recorded, and Kafka knows. */
async function recordAll(): Promise<void> {
  stack = await startStack({
    devstack,
    consumers: 2,
    watchdogs: 2,
    durations,
    requestsPerSecond: quota.requestsPerSecond,
    policyPath: writePolicy(folder, quota),
    delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
    seed: 1,
  });
  const shardCount = Number(stack.env["AUTOREC_SHARDS"] ?? 16);
  store = createSessionStore({ redis: { url: devstack.redisUrl }, prefix: stack.runId, shardCount });
  for (const person of people) await stack.simulator.join(person);
  await untilAdopted();
  await untilTold();
}

/** Kafka knows what Redis knows. */
async function untilTold(): Promise<void> {
  await vi.waitFor(async () => expect(await store.outboxOldestAgeMs()).toBeUndefined(), patience);
}

async function responsibleStates(): Promise<readonly (AttemptState | "none")[]> {
  const { appId } = stack.secrets;
  return Promise.all(
    channelNames.map(async (channelName) => {
      const record = (await store.readChannel({ appId, channelName }))?.view.record;
      return record?.attempts[record.slots.primary.resp]?.st ?? "none";
    }),
  );
}

async function untilAdopted(): Promise<void> {
  await vi.waitFor(async () => {
    expect((await responsibleStates()).filter((st) => st !== "CONF")).toEqual([]);
  }, patience);
}

async function logs(): Promise<readonly string[]> {
  const paths = [...stack.services.values()].flatMap((service) => service.logPaths);
  return (await Promise.all(paths.map((path) => readFile(path, "utf8")))).join("").split("\n");
}

/** Prints what it took, for whoever compares runs. */
function show(what: string, fromMs: number): void {
  process.stderr.write(`${what}: ${((performance.now() - fromMs) / 1_000).toFixed(1)} s\n`);
}

/** No loss of Redis may cost this: the recorders of before go on, so nobody needs another. */
async function expectNoneDoubled(startsBefore: number): Promise<void> {
  expect(await countRecorders(stack), "no recorder was started for a channel that had one").toBe(startsBefore);
}

test(
  "FLUSHALL in the middle of 200 live channels: all are adopted again and none is doubled",
  async () => {
    const startsBefore = await countRecorders(stack);
    await stack.simulator.note({ note: "redis-lost" });
    const lostMs = performance.now();
    await redis.flushall();
    // Somebody comes while nothing is known: there is no recorder yet, and it comes when the state is back.
    await stack.simulator.join({ channelName: "newcomer", uid: 9_000 });
    await untilAdopted();
    show(`FLUSHALL of ${String(channelCount)} live channels to all of them confirmed again`, lostMs);
    await stack.simulator.note({ note: "redis-rebuilt" });
    await stack.simulator.waitFor("the newcomer is recorded", hasRecorder("newcomer"), patience.timeout);
    await stack.simulator.leave({ channelName: "newcomer", uid: 9_000 });
    expect((await logs()).filter((line) => line.includes('"msg":"state rebuilt"'))).toHaveLength(1);
    await expectNoneDoubled(startsBefore + 1);
  },
  limitMs,
);

test(
  "Redis is restarted with its data under 200 live channels: each is looked at again, none is doubled",
  async () => {
    const startsBefore = await countRecorders(stack);
    await stack.simulator.note({ note: "redis-stopped" });
    const stoppedMs = performance.now();
    await devstack.stopRedis();
    await devstack.startRedis();
    await stack.simulator.note({ note: "redis-up" });
    const upAtMs = Date.now();
    await vi.waitFor(async () => expect(await unseenSince(upAtMs)).toEqual([]), patience);
    show(`restart of Redis with its data to ${String(channelCount)} channels confirmed again`, stoppedMs);
    await expectNoneDoubled(startsBefore);
  },
  limitMs,
);

test(
  "FLUSHALL and SIGKILL of all processes: those that come after adopt everything, and start nothing while an operator holds starts",
  async () => {
    const by = { author: "alice", reason: "incident 7" } as const;
    await store.throwSwitch({ ...by, scope: { kind: "all" }, mode: "holdStarts" });
    await untilJournalled("control/all");
    await untilTold();
    const startsBefore = await countRecorders(stack);
    await stack.simulator.note({ note: "redis-lost" });
    const lostMs = performance.now();
    for (const [name, service] of stack.services) {
      service.signal("SIGKILL");
      await stack.simulator.note({ note: "process-killed", role: roleOf(name), instanceId: name });
    }
    await redis.flushall();
    await stack.simulator.join({ channelName: "held", uid: 9_001 });
    for (const [name, service] of stack.services) {
      await service.start();
      await stack.simulator.note({ note: "process-started", role: roleOf(name), instanceId: name });
    }
    await untilAdopted();
    show(`FLUSHALL and SIGKILL of everything to ${String(channelCount)} channels confirmed again`, lostMs);
    await stack.simulator.note({ note: "redis-rebuilt" });
    // They know of the join, and of nothing else than Kafka who holds it back.
    await vi.waitFor(async () => {
      const held = await store.readChannel({ appId: stack.secrets.appId, channelName: "held" });
      expect(held?.view).toMatchObject({ presence: { count: 1 }, record: { want: { control: "holdStarts" } } });
    }, patience);
    await expectNoneDoubled(startsBefore);
    expect((await store.readControl()).switches).toMatchObject([{ mode: "holdStarts", ...by }]);
    await store.liftSwitch("all", by);
    await stack.simulator.waitFor("the held one is recorded", hasRecorder("held"), patience.timeout);
    await stack.simulator.leave({ channelName: "held", uid: 9_001 });
    await expectNoneDoubled(startsBefore + 1);
  },
  limitMs,
);

test(
  "after all of this nobody is forgotten: everybody leaves, every recorder is stopped, and no bound was broken",
  async () => {
    const judgement = await emptyAndJudge(stack, people, patience.timeout);
    // How fast 200 channels begin on a busy machine is not asked here, nor how soon one that an operator held back.
    const lines = await readHistory(stack.historyPath);
    const lostAtMs = lines.find((line) => line.kind === "note" && line.note === "redis-lost")?.atMs ?? 0;
    const asked = judgement.violations.filter(({ atMs, channelName }) => atMs >= lostAtMs && channelName !== "held");
    expect(asked).toEqual([]);
    expect(judgement).toMatchObject({ leftBehind: 0, uidClashes: 0, overlapsUnexplained: 0 });
  },
  limitMs,
);

function hasRecorder(name: string): Parameters<Stack["simulator"]["waitFor"]>[1] {
  return ({ channels }) =>
    channels.some(({ channelName, recorders }) => channelName === name && recorders.length === 1);
}

/** Channels whose recorder nobody has seen recording since this moment. */
async function unseenSince(atMs: number): Promise<readonly string[]> {
  const { appId } = stack.secrets;
  const unseen = await Promise.all(
    channelNames.map(async (channelName) => {
      const record = (await store.readChannel({ appId, channelName }))?.view.record;
      return (record?.attempts[record.slots.primary.resp]?.lastAliveAtMs ?? 0) >= atMs ? [] : [channelName];
    }),
  );
  return unseen.flat();
}

/** Comes when Kafka keeps the record with this key. */
async function untilJournalled(key: string): Promise<void> {
  const kafka = new Kafka({ brokers: devstack.kafkaBrokers.split(","), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: randomPrefix(), maxWaitTimeInMs: 100 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic: `${stack.runId}.recording.snapshots`, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ message }: EachMessagePayload): Promise<void> => {
        if (message.key?.toString() === key) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}
