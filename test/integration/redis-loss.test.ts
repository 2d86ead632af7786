import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import { startDevstack } from "@autorec/devstack";
import type { Devstack } from "@autorec/devstack";
import { fastDurations } from "@autorec/domain";
import type { Durations } from "@autorec/domain";
import type { AttemptState } from "@autorec/events";
import { createSessionStore } from "@autorec/session-store";
import type { SessionStore } from "@autorec/session-store";
import { judgeHistory, readHistory } from "@autorec/simulator/judge";
import type { Redis } from "ioredis";
import { afterEach, beforeAll, afterAll, expect, test, vi } from "vitest";
import { openBareRedis } from "../support/redis.ts";
import { writePolicy } from "../support/write-policy.ts";

// Redis is emptied and restarted here, so it is this file's own. What happened is judged by the simulator's history alone;
// autorec's own state only says when to look.
const patience = { timeout: 90_000, interval: 200 } as const;
const channelCount = 200;
const channelNames = Array.from({ length: channelCount }, (_, i) => `live-${String(i).padStart(3, "0")}`);

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
  const { REDIS_URL: _shared, ...env } = process.env;
  devstack = await startDevstack({ ownBroker: true, env, log: () => undefined });
  redis = openBareRedis(devstack.redisUrl);
});

afterEach(async () => {
  await store.close();
  await stack.stop();
});

afterAll(async () => {
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
  for (const [i, channelName] of channelNames.entries()) {
    await stack.simulator.join({ channelName, uid: 1 + i });
  }
  await untilAdopted();
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

async function countStarts(): Promise<number> {
  return (await readHistory(stack.historyPath)).filter((line) => line.kind === "recorder-joined").length;
}

/** Everybody leaves; when the last recorder has gone the history is judged. */
async function emptyAndJudge() {
  for (const [i, channelName] of channelNames.entries()) await stack.simulator.leave({ channelName, uid: 1 + i });
  await stack.simulator.waitFor(
    "no recorder is left",
    ({ channels, pendingEvents }) =>
      pendingEvents === 0 && channels.every(({ recorders }) => recorders.every(({ phase }) => phase !== "live")),
    patience.timeout,
  );
  await stack.simulator.note({ note: "run-ended" });
  return judgeHistory(await readHistory(stack.historyPath));
}

async function logs(): Promise<readonly string[]> {
  const paths = [...stack.services.values()].flatMap((service) => service.logPaths);
  return (await Promise.all(paths.map((path) => readFile(path, "utf8")))).join("").split("\n");
}

/** Prints what it took: the closing note of the issue shows these figures. */
function show(what: string, fromMs: number): void {
  process.stderr.write(`${what}: ${((performance.now() - fromMs) / 1_000).toFixed(1)} s\n`);
}

/** Both are what no loss of Redis may cost: the recorders of before go on, none is doubled, none is forgotten. */
async function expectNothingLost(startsBefore: number): Promise<void> {
  expect(await countStarts(), "no recorder was started for a channel that had one").toBe(startsBefore);
  const judgement = await emptyAndJudge();
  // How fast 200 channels begin on a busy machine is not asked here.
  const lines = await readHistory(stack.historyPath);
  const lostAtMs = lines.find((line) => line.kind === "note" && line.note === "redis-lost")?.atMs ?? 0;
  expect(judgement.violations.filter(({ atMs }) => atMs >= lostAtMs)).toEqual([]);
  expect(judgement).toMatchObject({ leftBehind: 0, uidClashes: 0, overlapsUnexplained: 0 });
}

test(
  "FLUSHALL in the middle of 200 live channels: all are adopted again, none is doubled, none is forgotten",
  async () => {
    await recordAll();
    const startsBefore = await countStarts();
    await stack.simulator.note({ note: "redis-lost" });
    const lostMs = performance.now();
    await redis.flushall();
    // Somebody comes while nothing is known: there is no recorder yet, and it comes when the state is back.
    await stack.simulator.join({ channelName: "newcomer", uid: 9_000 });
    await untilAdopted();
    show(`FLUSHALL of ${String(channelCount)} live channels to all of them confirmed again`, lostMs);
    await stack.simulator.note({ note: "redis-rebuilt" });
    await stack.simulator.waitFor(
      "the newcomer is recorded",
      ({ channels }) =>
        channels.some(({ channelName, recorders }) => channelName === "newcomer" && recorders.length === 1),
      patience.timeout,
    );
    await stack.simulator.leave({ channelName: "newcomer", uid: 9_000 });
    expect((await logs()).filter((line) => line.includes('"msg":"state rebuilt"'))).toHaveLength(1);
    await expectNothingLost(startsBefore + 1);
  },
  limitMs,
);

test(
  "FLUSHALL and SIGKILL of all processes: those that come after adopt everything",
  async () => {
    await recordAll();
    const startsBefore = await countStarts();
    await stack.simulator.note({ note: "redis-lost" });
    const lostMs = performance.now();
    for (const [name, service] of stack.services) {
      service.signal("SIGKILL");
      const role = name.startsWith("consumer") ? "consumer" : "watchdog";
      await stack.simulator.note({ note: "process-killed", role, instanceId: name });
    }
    await redis.flushall();
    for (const [name, service] of stack.services) {
      await service.start();
      const role = name.startsWith("consumer") ? "consumer" : "watchdog";
      await stack.simulator.note({ note: "process-started", role, instanceId: name });
    }
    await untilAdopted();
    show(`FLUSHALL and SIGKILL of everything to ${String(channelCount)} channels confirmed again`, lostMs);
    await stack.simulator.note({ note: "redis-rebuilt" });
    await expectNothingLost(startsBefore);
  },
  limitMs,
);
