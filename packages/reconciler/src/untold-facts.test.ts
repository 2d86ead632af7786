import { realDurations } from "@autorec/domain";
import type { PendingFact } from "@autorec/domain";
import { expect, test, vi } from "vitest";
import { openChannelFixture, startWorked } from "./channel-fixture.ts";
import { createReconciler } from "./reconciler.ts";
import { UntoldFacts } from "./untold-facts.ts";

const ref = { appId: "a", channelName: "c" };
const { leaseMs, tickMs } = realDurations;

/** A Redis that refuses facts until it is back, and a clock that shows how long that took. */
function keeperOf(awayMs: number) {
  const stored: PendingFact[] = [];
  const untold: PendingFact[] = [];
  const failures: unknown[] = [];
  const waits: number[] = [];
  const at = { ms: 0 };
  const keeper = new UntoldFacts({
    store: {
      fact: (_ref, fact) => {
        if (at.ms < awayMs) return Promise.reject(new Error("Redis is away"));
        stored.push(fact);
        return Promise.resolve("applied");
      },
    },
    durations: realDurations,
    sleep: (ms) => {
      waits.push(ms);
      at.ms += ms;
      return Promise.resolve();
    },
    observer: { failed: (_ref, err) => failures.push(err), untold: (_ref, fact) => untold.push(fact) },
  });
  return { keeper, stored, untold, failures, waits };
}

function sidFact(n: number): PendingFact {
  return { n, kind: "sid", slot: "primary", session: "s", uid: n, mode: "mix", resourceId: "r", sid: "sid", atMs: 1 };
}

// Seeds 1174 and 1661 of the simulation: Redis was away for longer than six tries took, and the recorder was a ghost for good.
test("a sid is stored however long Redis was away, and asked for again at least every half lease", async () => {
  const { keeper, stored, untold, failures, waits } = keeperOf(3_600_000);
  await keeper.tell(ref, sidFact(1));
  await vi.waitFor(() => expect(stored).toEqual([sidFact(1)]));
  expect(Math.max(...waits)).toBe(leaseMs / 2);
  expect(waits[0]).toBe(tickMs);
  expect(untold).toEqual([]);
  expect(failures).toHaveLength(1);
  expect(await keeper.close()).toEqual({ finished: 0, left: 0 });
});

test("at shutdown what Redis never heard is offered once more and then named", async () => {
  const stored: PendingFact[] = [];
  const untold: PendingFact[] = [];
  let refused = new Set([1, 2, 3]);
  const keeper = new UntoldFacts({
    store: {
      fact: (_ref, fact) => {
        if (refused.has(fact.n)) return Promise.reject(new Error("Redis is away"));
        stored.push(fact);
        return Promise.resolve("applied");
      },
    },
    durations: realDurations,
    sleep: () => new Promise(() => undefined),
    observer: { failed: () => undefined, untold: (_ref, fact) => untold.push(fact) },
  });
  for (const n of [1, 2, 3]) await keeper.tell(ref, sidFact(n));
  refused = new Set([2]);
  expect(await keeper.close()).toEqual({ finished: 2, left: 1 });
  expect(stored.map(({ n }) => n)).toEqual([1, 3]);
  expect(untold).toEqual([sidFact(2)]);
});

test("facts beyond the limit push out the oldest, which is named", async () => {
  const untold: PendingFact[] = [];
  const keeper = new UntoldFacts({
    store: { fact: () => Promise.reject(new Error("Redis is away")) },
    durations: realDurations,
    sleep: () => new Promise(() => undefined),
    observer: { failed: () => undefined, untold: (_ref, fact) => untold.push(fact) },
  });
  for (let n = 1; n <= 10_001; n += 1) await keeper.tell(ref, sidFact(n));
  expect(untold).toEqual([sidFact(1)]);
});

test("a turn that lost its lease ends while its sid is still kept, and the reconciler's end waits for it", async () => {
  const told: PendingFact[] = [];
  let isAway = true;
  const { deps, started } = openChannelFixture({
    start: () => {
      lost = true;
      return Promise.resolve(startWorked);
    },
  });
  let lost = false;
  const { commit } = deps.store;
  const reconciler = createReconciler({
    ...deps,
    sleep: () => new Promise(() => undefined),
    store: {
      ...deps.store,
      commit: async (...args) => (lost ? { kind: "lost", nowMs: 1 } : await commit(...args)),
      fact: (_ref, fact) => {
        if (isAway) return Promise.reject(new Error("Redis is away"));
        told.push(fact);
        return Promise.resolve("applied");
      },
    },
  });
  expect(await reconciler.reconcile(ref)).toBe("lost");
  expect(started).toEqual(["r1"]);
  expect(told).toEqual([]);
  isAway = false;
  expect(await reconciler.close()).toEqual({ finished: 1, left: 0 });
  expect(told).toMatchObject([{ kind: "sid", sid: "s" }]);
});

// The drain has its limit: work that it cut off may still be waiting for Redis, or hear from Agora only now.
test("at shutdown also what Redis has not answered yet, and what Agora tells afterwards, is named", async () => {
  const untold: PendingFact[] = [];
  const answer = Promise.withResolvers<"applied">();
  const fact = vi.fn().mockRejectedValue(new Error("Redis is away")).mockReturnValueOnce(answer.promise);
  const keeper = new UntoldFacts({
    store: { fact },
    durations: realDurations,
    sleep: () => new Promise(() => undefined),
    observer: { failed: () => undefined, untold: (_ref, each) => untold.push(each) },
  });
  const first = keeper.tell(ref, sidFact(1));
  expect(await keeper.close()).toEqual({ finished: 0, left: 1 });
  expect(untold).toEqual([sidFact(1)]);
  answer.reject(new Error("the connection is closed"));
  await first;
  await keeper.tell(ref, sidFact(2));
  expect(untold).toEqual([sidFact(1), sidFact(2)]);
});
