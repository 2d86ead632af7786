import type { SessionStore } from "@autorec/session-store";
import { expect, test, vi } from "vitest";
import { DueWorker } from "./work-due.ts";

type ClaimDue = SessionStore["claimDue"];
type Claim = Awaited<ReturnType<ClaimDue>>;
type Claimed = Extract<Claim, { readonly kind: "claimed" }>["channels"][number];

const nothingDue: Claim = { kind: "claimed", channels: [], unreadable: [], nowMs: 0 };
const shardCount = 16;

function channelsOf(shard: number, count: number): Claim {
  const channels = Array.from({ length: count }, (_, i): Claimed => {
    const ref = { appId: "app", channelName: `${String(shard)}-${String(i)}` };
    const slot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
    return {
      ref,
      view: {
        record: {
          schemaVersion: 1,
          ...ref,
          want: { on: false, cause: "empty" },
          slots: { primary: slot, secondary: slot },
          attempts: {},
          sessions: {},
        },
        presence: { count: 0, hosts: 0 },
        facts: [],
        reservedUids: new Map(),
      },
      rev: "1",
      fence: "1",
      leaseUntilMs: 1,
      nowMs: 0,
      liveRuleHashes: [],
    };
  });
  return { kind: "claimed", channels, unreadable: [], nowMs: 0 };
}

/** A worker whose channels are never finished. */
function workerOf(claimDue: ClaimDue) {
  let tokens = 0;
  const work = vi.fn(() => new Promise<never>(() => undefined));
  const worker = new DueWorker({
    store: { claimDue },
    shardCount,
    reconciler: { work },
    owner: "me",
    leaseMs: 1_000,
    newToken: () => {
      tokens += 1;
      return String(tokens);
    },
    monotonicMs: () => 0,
    observer: {
      granted: () => undefined,
      unreadable: () => undefined,
      settled: () => undefined,
      failed: () => undefined,
    },
  });
  return { worker, work };
}

test("shards in which nothing is due are asked side by side, each once", async () => {
  const asked: number[] = [];
  const answers: (() => void)[] = [];
  const { worker } = workerOf((shard) => {
    asked.push(shard);
    return new Promise((resolve) => answers.push(() => resolve(nothingDue)));
  });
  const round = worker.round(5);
  const together: number[] = [];
  while (asked.length < shardCount) {
    together.push(answers.length);
    for (const answer of answers.splice(0)) answer();
    await new Promise(setImmediate);
  }
  for (const answer of answers) answer();
  await round;
  expect(asked.toSorted((a, b) => a - b)).toEqual(Array.from({ length: shardCount }, (_, i) => i));
  expect(together).toEqual([8]);
});

test("shards that are asked side by side never bring more channels than a process works on", async () => {
  const granted: number[] = [];
  const { work, worker } = workerOf((shard, { max }) => {
    granted.push(max);
    return Promise.resolve(channelsOf(shard, max));
  });
  await worker.round(0);
  expect(worker.runningCount).toBe(256);
  expect(work).toHaveBeenCalledTimes(256);
  await worker.round(0);
  expect(granted).toEqual(Array.from({ length: 8 }, () => 32));
});

test("a round is behind when a shard gives all that it was asked for, or no room is left to ask", async () => {
  const due = new Map([[3, 31]]);
  const { worker } = workerOf((shard, { max }) =>
    Promise.resolve(channelsOf(shard, Math.min(max, due.get(shard) ?? 0))),
  );
  expect(await worker.round(0)).toBe("done");
  due.set(3, 32);
  expect(await worker.round(0)).toBe("behind");
  for (let shard = 0; shard < shardCount; shard += 1) due.set(shard, 31);
  expect(await worker.round(0)).toBe("behind");
  expect(worker.runningCount).toBe(256);
  due.clear();
  expect(await worker.round(0)).toBe("behind");
});

test("a round ends after all that it asked, and a claim whose answer was lost is asked again with its own token", async () => {
  const tokens: string[][] = Array.from({ length: shardCount }, () => []);
  let lateAnswer = (): void => undefined;
  const { worker } = workerOf((shard, { token }) => {
    tokens[shard]?.push(token);
    if (shard === 0 && tokens[0]?.length === 1) return Promise.reject(new Error("answer lost"));
    if (shard === 1 && tokens[1]?.length === 1)
      return new Promise((resolve) => {
        lateAnswer = () => resolve(channelsOf(shard, 1));
      });
    return Promise.resolve(nothingDue);
  });
  let isOver = false;
  const round = worker.round(0).finally(() => {
    isOver = true;
  });
  round.catch(() => undefined);
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  lateAnswer();
  await expect(round).rejects.toThrow("answer lost");
  expect(worker.runningCount).toBe(1);
  await worker.round(0);
  expect(tokens[0]?.[0]).toBe(tokens[0]?.[1]);
  expect(tokens[1]?.[0]).not.toBe(tokens[1]?.[1]);
});
