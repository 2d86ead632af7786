import type { AcquireAnswer } from "@autorec/events";
import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import type { StartHindrances } from "./channel-fixture.ts";
import type { ReconcilerDeps } from "./ports.ts";
import { createReconciler } from "./reconciler.ts";

type Store = ReconcilerDeps["store"];

async function reconciled(hindrances: StartHindrances, change: Partial<Store> = {}, acquire?: AcquireAnswer) {
  const fixture = openChannelFixture(hindrances);
  const asked: string[] = [];
  const { store, agoraFor } = fixture.deps;
  const watched: Store = {
    ...store,
    ...change,
    takeRequest: (account, order) => {
      const { worker } = order;
      if (worker !== undefined) asked.push(`worker ${String(worker.n)}${worker.isTakeover ? " takeover" : ""}`);
      asked.push(`request ${order.class}${order.holdsResource === true ? " held" : ""}`);
      return store.takeRequest(account, order);
    },
  };
  const access = agoraFor(fixture.ref.appId);
  if (access === undefined) throw new Error("the fixture knows its app");
  const client = acquire === undefined ? access.client : { ...access.client, acquire: () => Promise.resolve(acquire) };
  const deps = { ...fixture.deps, store: watched, agoraFor: () => ({ ...access, client }) };
  await createReconciler(deps).reconcile(fixture.ref);
  return { ...fixture, asked };
}

test("a start asks once for its worker, before its acquire, and tells the ledger once that it is READY", async () => {
  const { asked, held, started } = await reconciled({});
  expect(asked).toEqual(["worker 1", "request start", "request start held"]);
  expect(held).toEqual([{ n: 1, holdMs: 600_000 }]);
  expect(started).toEqual(["r1"]);
});

test("a place is asked for while the decision is being written, so that a start waits for the slower of the two only", async () => {
  const { deps, ref } = openChannelFixture();
  const order: string[] = [];
  const { commit, takeRequest } = deps.store;
  const store: Store = {
    ...deps.store,
    commit: async (...args) => {
      order.push("commit begins");
      const reply = await commit(...args);
      order.push("commit is written");
      return reply;
    },
    takeRequest: (...args) => {
      order.push("place asked");
      return takeRequest(...args);
    },
  };
  await createReconciler({ ...deps, store }).reconcile(ref);
  expect(order.slice(0, 3)).toEqual(["place asked", "commit begins", "commit is written"]);
});

test.each([
  [14, 1, 10],
  [16, 2, 10],
  [16, 1, 4],
])(
  "a start whose journal took %i ms asks for %i places of %i per second",
  async (slowMs, places, requestsPerSecond) => {
    let nowMs = 0;
    const journal = async (): Promise<void> => {
      await new Promise(setImmediate);
      nowMs += slowMs;
    };
    const { deps, ref, started } = openChannelFixture({ journal, requestsPerSecond });
    let starts = 0;
    const takeRequest: Store["takeRequest"] = (account, order) => {
      if (order.holdsResource === true) starts += 1;
      return deps.store.takeRequest(account, order);
    };
    const clock = { monotonicMs: () => nowMs };
    await createReconciler({ ...deps, clock, store: { ...deps.store, takeRequest } }).reconcile(ref);
    expect(starts).toBe(places);
    expect(started).toEqual(["r1"]);
  },
);

test.each([
  [249, 1],
  [251, 2],
])("a process that comes %i ms late to the place of a start asks for %i", async (lateMs, places) => {
  let nowMs = 0;
  const { deps, ref, started } = openChannelFixture();
  let starts = 0;
  const takeRequest: Store["takeRequest"] = (_, order) => {
    if (order.holdsResource !== true) return Promise.resolve({ kind: "granted", waitMs: 0 });
    starts += 1;
    return Promise.resolve({ kind: "granted", waitMs: 100 });
  };
  const sleep = (ms: number): Promise<void> => {
    nowMs += ms + lateMs;
    return Promise.resolve();
  };
  const clock = { monotonicMs: () => nowMs };
  await createReconciler({ ...deps, clock, sleep, store: { ...deps.store, takeRequest } }).reconcile(ref);
  expect(starts).toBe(places);
  expect(started).toEqual(["r1"]);
});

test("I7: a place whose answer came so late that it is over is asked for again", async () => {
  let nowMs = 0;
  const { deps, ref, started } = openChannelFixture();
  let starts = 0;
  const takeRequest: Store["takeRequest"] = (_, order) => {
    if (order.holdsResource === true) {
      starts += 1;
      nowMs += starts === 1 ? 251 : 0;
    }
    return Promise.resolve({ kind: "granted", waitMs: 0 });
  };
  const clock = { monotonicMs: () => nowMs };
  await createReconciler({ ...deps, clock, store: { ...deps.store, takeRequest } }).reconcile(ref);
  expect(starts).toBe(2);
  expect(started).toEqual(["r1"]);
});

// Found by the simulation: a process that was stopped twice, a millisecond apart, sent all that it had planned at once.
test("I7: who misses its second place too, by half of what a send may take, sends nothing", async () => {
  for (const [lateMs, expected] of [
    [2_500, ["r1"]],
    [2_501, []],
  ] as const) {
    let nowMs = 0;
    const { deps, ref, started } = openChannelFixture();
    let starts = 0;
    const takeRequest: Store["takeRequest"] = (_, order) => {
      if (order.holdsResource === true && (starts += 1) <= 2) nowMs += lateMs;
      return Promise.resolve({ kind: "granted", waitMs: 0 });
    };
    const clock = { monotonicMs: () => nowMs };
    await createReconciler({ ...deps, clock, store: { ...deps.store, takeRequest } }).reconcile(ref);
    expect(starts).toBe(2);
    expect(started).toEqual(expected);
  }
});

// The attempt may be closed by now: nobody would release the worker before its reservation is over.
test.each([
  [1, 10],
  [0, 4],
])(
  "a turn that was paused for longer than its lease asks for a worker %i times, as it did before, at %i requests per second",
  async (times, requestsPerSecond) => {
    let nowMs = 0;
    const { deps, ref } = openChannelFixture({ requestsPerSecond });
    let asked = 0;
    const store: Store = {
      ...deps.store,
      commit: async (...args) => {
        const reply = await deps.store.commit(...args);
        nowMs = 60_000;
        return reply;
      },
      renew: () => Promise.resolve({ kind: "lost", nowMs: 1_060_000 }),
      takeRequest: (account, order) => {
        if (order.worker !== undefined) asked += 1;
        return deps.store.takeRequest(account, order);
      },
    };
    await createReconciler({ ...deps, clock: { monotonicMs: () => nowMs }, store }).reconcile(ref);
    expect(asked).toBe(times);
  },
);

test("who gets no worker stays CLAIMED, says why, and comes back in about five seconds", async () => {
  const refused = { kind: "no_worker", used: 50, limit: 50, ahead: 0 } as const;
  const { asked, attempt, held } = await reconciled({ takeRequest: () => Promise.resolve(refused) });
  expect(asked).toEqual(["worker 1", "request start"]);
  expect(attempt(1)).toMatchObject({ st: "CLAIMED", waitingFor: "quota_workers" });
  const inMs = (attempt(1)?.dueAtMs ?? 0) - 1_000_000;
  expect(inMs).toBeGreaterThanOrEqual(4_500);
  expect(inMs).toBeLessThanOrEqual(5_500);
  expect(held).toEqual([]);
});

test("beyond the queue of waiters it asks less often", async () => {
  const refused = { kind: "no_worker", used: 50, limit: 50, ahead: 1_000 } as const;
  const { attempt } = await reconciled({ takeRequest: () => Promise.resolve(refused) });
  expect((attempt(1)?.dueAtMs ?? 0) - 1_000_000).toBeGreaterThan(25_000);
});

test("who gets no place among the requests keeps its worker and says why", async () => {
  const { attempt } = await reconciled({
    takeRequest: () => Promise.resolve({ kind: "refused", retryInMs: 700 }),
  });
  expect(attempt(1)).toMatchObject({ st: "CLAIMED", waitingFor: "quota_requests", dueAtMs: 1_000_700 });
});

test("Agora's 429 and 406 are told to everybody who shares the account", async () => {
  const told: string[] = [];
  const change: Partial<Store> = {
    cutRequests: (account) => {
      told.push(`requests of ${account}`);
      return Promise.resolve(50);
    },
    cutWorkers: (account, { n, workers }) => {
      told.push(`workers of ${account}: ${String(n)} of ${String(workers)}`);
      return Promise.resolve(1);
    },
  };
  const wait = { outcome: "wait", alarm: false } as const;
  await reconciled({}, change, { ...wait, schedule: "throttled", reason: "throttled" });
  const over = await reconciled({}, change, { ...wait, schedule: "overWorkers", reason: "over_workers" });
  expect(told).toEqual(["requests of a", "workers of a: 1 of 50"]);
  expect(over.attempt(1)).toMatchObject({ st: "CLAIMED", waitingFor: "quota_workers" });
});
