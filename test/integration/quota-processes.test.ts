import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import { fastDurations } from "@autorec/domain";
import { judgeHistory, readHistory } from "@autorec/simulator/judge";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testKafkaBrokers } from "../support/kafka.ts";
import { testRedisUrl } from "../support/redis.ts";
import { writePolicy } from "../support/write-policy.ts";

/** The budget of the one account that four processes share: each for itself would ask for four times as much. */
const requestsPerSecond = 25;
/** What the simulator allows: requests that left in time arrive closer together when a busy core holds them up. */
const allowedPerSecond = 30;
const channelCount = 30;
const names = Array.from({ length: channelCount }, (_, i) => `class-${String(i)}`);
const patienceMs = 120_000;
const folder = mkdtempSync(join(tmpdir(), "autorec-quota-"));

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    devstack: { kafkaBrokers: testKafkaBrokers(), redisUrl: testRedisUrl() },
    consumers: 2,
    watchdogs: 2,
    durations: fastDurations,
    requestsPerSecond: allowedPerSecond,
    policyPath: writePolicy(folder, { requestsPerSecond, workers: 40 }),
    delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
    seed: 1,
  });
});

afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("four processes share an account's budget: an Agora that allows hardly more refuses none of them (I7)", async () => {
  await Promise.all(names.map((channelName) => stack.simulator.join({ channelName, uid: 1 })));
  const recorded: Parameters<Stack["simulator"]["waitFor"]>[1] = ({ channels }) =>
    names.every((name) =>
      channels.some((each) => each.channelName === name && each.recorders.some(({ phase }) => phase === "live")),
    );
  await stack.simulator.waitFor("everybody is recorded", recorded, patienceMs);
  await Promise.all(names.map((channelName) => stack.simulator.leave({ channelName, uid: 1 })));
  const stopped: Parameters<Stack["simulator"]["waitFor"]>[1] = ({ channels }) =>
    channels.every(({ recorders }) => recorders.every(({ phase }) => phase !== "live"));
  await stack.simulator.waitFor("every recorder is stopped", stopped, patienceMs);

  const lines = await readHistory(stack.historyPath);
  const requests = lines.filter((line) => line.kind === "request");
  const { counts } = judgeHistory(lines);
  expect(counts).toMatchObject({ requests429: 0, requests406: 0 });
  // Each of the four had its part in it, or this has shown nothing.
  expect(new Set(requests.map(({ client }) => client)).size).toBe(4);
});
