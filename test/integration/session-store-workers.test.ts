import type { SessionStore, WorkerOrder } from "@autorec/session-store";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { openStoreFixture, room } from "../support/session-store.ts";

/** An order that nothing but its number tells apart. */
function order(n: number, change: Partial<WorkerOrder> = {}): WorkerOrder {
  return {
    ref: room,
    n,
    workers: 3,
    reserveMs: 60_000,
    isTakeover: false,
    priority: 0,
    waitingSinceMs: 1_763_000_000_000 + n,
    retryMs: 5_000,
    ...change,
  };
}

/** Asks for a worker; the requests are no obstacle here. */
async function reserve(store: SessionStore, account: string, worker: WorkerOrder) {
  const grant = await store.takeRequest(account, { class: "start", requestsPerSecond: 100_000, worker });
  return grant.kind === "granted" ? reserved : grant;
}

const hold = (n: number, holdMs: number) => ({ ref: room, n, holdMs });
const reserved = { kind: "reserved" } as const;

test("no more workers are reserved than there are; asking twice takes one, and its end frees it", async () => {
  const { store } = await openStoreFixture();
  for (const n of [1, 2, 3, 3, 2]) expect(await reserve(store, "a", order(n))).toEqual(reserved);
  expect(await reserve(store, "a", order(4))).toEqual({ kind: "no_worker", used: 3, limit: 3, ahead: 0 });
  expect(await reserve(store, "b", order(4))).toEqual(reserved);
  await store.holdWorkers("a", [hold(2, 0)]);
  await store.holdWorkers("a", [hold(2, 0)]);
  expect(await reserve(store, "a", order(4))).toEqual(reserved);
  expect(await store.readQuota("a", { requestsPerSecond: 10, workers: 3 })).toMatchObject({
    workersLimit: 3,
    workersUsed: 3,
    waitingForWorker: 0,
  });
});

test("who gets no worker takes no place among the requests, and who gets no place keeps its worker", async () => {
  const { store, redis, prefix } = await openStoreFixture();
  const places = () => redis.llen(`${prefix}:qps:{a}`);
  await reserve(store, "a", order(1, { workers: 1 }));
  expect(await places()).toBe(1);
  expect(await reserve(store, "a", order(2, { workers: 1 }))).toMatchObject({ kind: "no_worker" });
  expect(await places()).toBe(1);

  const ask = (n: number) =>
    store.takeRequest("b", { class: "start", requestsPerSecond: 1, worker: order(n, { workers: 40 }) });
  const kinds: string[] = [];
  for (let n = 1; n <= 8; n += 1) kinds.push((await ask(n)).kind);
  expect(kinds).toContain("refused");
  expect(await store.readQuota("b", { requestsPerSecond: 1, workers: 40 })).toMatchObject({ workersUsed: 8 });
});

test("waiters are served by priority, then by waiting time, whoever asks first when a worker is free", async () => {
  const { store } = await openStoreFixture();
  const one = { workers: 1 };
  await reserve(store, "a", order(1, one));
  const late = order(5, one);
  const early = order(2, one);
  const urgent = order(9, { ...one, priority: 10 });
  for (const waiter of [late, early, urgent]) await reserve(store, "a", waiter);
  expect(await store.readQuota("a", { requestsPerSecond: 10, workers: 1 })).toMatchObject({ waitingForWorker: 3 });

  await store.holdWorkers("a", [hold(1, 0)]);
  expect(await reserve(store, "a", late)).toMatchObject({ kind: "no_worker", used: 0, ahead: 2 });
  expect(await reserve(store, "a", early)).toMatchObject({ kind: "no_worker", ahead: 1 });
  expect(await reserve(store, "a", urgent)).toEqual(reserved);
  await store.holdWorkers("a", [hold(9, 0)]);
  expect(await reserve(store, "a", late)).toMatchObject({ kind: "no_worker", ahead: 1 });
  expect(await reserve(store, "a", early)).toEqual(reserved);
});

test("a waiter that gave up or fell silent stands in nobody's way", async () => {
  const { store } = await openStoreFixture();
  const one = { workers: 1, retryMs: 20 };
  await reserve(store, "a", order(1, one));
  await reserve(store, "a", order(2, one));
  await reserve(store, "a", order(3, { ...one, retryMs: 60_000 }));
  await store.holdWorkers("a", [hold(1, 0), hold(2, 0)]);
  expect(await reserve(store, "a", order(3, { ...one, retryMs: 60_000 }))).toEqual(reserved);

  await reserve(store, "a", order(4, one));
  await store.holdWorkers("a", [hold(3, 0)]);
  await vi.waitFor(
    async () => {
      expect(await reserve(store, "a", order(5, one))).toEqual(reserved);
    },
    { interval: 10, timeout: 2_000 },
  );
});

test("one worker in twenty is kept for attempts that take a recording over", async () => {
  const { store } = await openStoreFixture();
  const forty = { workers: 40 };
  for (let n = 1; n <= 38; n += 1) expect(await reserve(store, "a", order(n, forty))).toEqual(reserved);
  expect(await reserve(store, "a", order(39, { ...forty, priority: 1_000 }))).toMatchObject({
    kind: "no_worker",
    used: 38,
    limit: 40,
  });
  const takeover = (n: number): WorkerOrder => order(n, { ...forty, isTakeover: true });
  expect(await reserve(store, "a", takeover(50))).toEqual(reserved);
  expect(await reserve(store, "a", takeover(51))).toEqual(reserved);
  expect(await reserve(store, "a", takeover(52))).toMatchObject({ kind: "no_worker", used: 40, ahead: 0 });
});

test("the queue is bounded: the last of it is dropped, and may ask again", async () => {
  const { store, redis, prefix } = await openStoreFixture();
  await reserve(store, "a", order(1, { workers: 1 }));
  const ask = (n: number) => reserve(store, "a", order(n, { workers: 1 }));
  await Promise.all(Array.from({ length: 1_050 }, (_, i) => ask(i + 2)));
  expect(await redis.zcard(`${prefix}:workers:{a}:waiting`)).toBe(1_000);
  expect(await redis.zcard(`${prefix}:workers:{a}:asked`)).toBe(1_000);
  expect(await ask(2)).toMatchObject({ kind: "no_worker", ahead: 0 });
  expect(await ask(1_051)).toMatchObject({ kind: "no_worker", ahead: 1_000 });
});

test("a reservation that is over counts until the janitor has seen its attempt: open, it is prolonged, else it ends", async () => {
  const { store } = await openStoreFixture();
  const short = { workers: 2, reserveMs: 1 };
  await reserve(store, "a", order(1, short));
  await reserve(store, "a", order(2, { ...short, ref: { appId: "app1", channelName: "a:b:c" } }));
  await vi.waitFor(async () => {
    // Two that end in the same millisecond have no order.
    const expired = await store.expiredWorkers("a", 10);
    expect(expired.toSorted((a, b) => a.n - b.n)).toEqual([
      { ref: room, n: 1 },
      { ref: { appId: "app1", channelName: "a:b:c" }, n: 2 },
    ]);
  });
  expect(await store.expiredWorkers("a", 1)).toHaveLength(1);
  expect(await reserve(store, "a", order(3, short))).toMatchObject({ kind: "no_worker", used: 2 });
  await store.holdWorkers(
    "a",
    [hold(1, 60_000), { ref: { appId: "app1", channelName: "a:b:c" }, n: 2, holdMs: 0 }],
    "expired",
  );
  expect(await store.expiredWorkers("a", 10)).toEqual([]);
  expect(await reserve(store, "a", order(3, short))).toEqual(reserved);
});

test("a janitor ends no reservation that was prolonged since it looked", async () => {
  const { store } = await openStoreFixture();
  await reserve(store, "a", order(1));
  await store.holdWorkers("a", [hold(1, 0)], "expired");
  expect(await store.readQuota("a", { requestsPerSecond: 10, workers: 3 })).toMatchObject({ workersUsed: 1 });
});

test("a reservation that Redis has lost comes back with the next hold", async () => {
  const { redisOf, store, prefix } = await openStoreFixture();
  await reserve(store, "a", order(1, { workers: 1 }));
  await (await redisOf("{a}")).del(`${prefix}:workers:{a}`);
  await store.holdWorkers("a", [hold(1, 60_000)]);
  expect(await reserve(store, "a", order(2, { workers: 1 }))).toMatchObject({ kind: "no_worker", used: 1 });
});

test("406 leaves the account the workers that run, and they grow back step by step", async () => {
  const { store } = await openStoreFixture({ quotaRecoverMs: 60 });
  const wide = { workers: 40 };
  for (const n of [1, 2, 3, 4]) await reserve(store, "a", order(n, wide));
  expect(await store.cutWorkers("a", { ref: room, n: 4, workers: 40 })).toBe(3);
  const limitNow = async () => (await store.readQuota("a", { requestsPerSecond: 10, workers: 40 })).workersLimit;
  expect(await limitNow()).toBeLessThan(40);
  const seen = new Set<number>();
  await vi.waitFor(
    async () => {
      seen.add(await limitNow());
      expect(await limitNow()).toBe(40);
    },
    { interval: 10, timeout: 5_000 },
  );
  expect(seen.size).toBeGreaterThan(3);
});

test("law: whatever is asked, prolonged and ended in whatever order, no reservation is made beyond the limit, and none without need is refused", async () => {
  const { store } = await openStoreFixture();
  let run = 0;
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("ask" as const),
      n: fc.integer({ min: 1, max: 12 }),
      priority: fc.integer({ min: 0, max: 3 }),
      isTakeover: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("end" as const), n: fc.integer({ min: 1, max: 12 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 40 }), async (workers, steps) => {
      const account = `law-${String((run += 1))}`;
      const held = new Set<number>();
      const waiting = new Map<number, { readonly rank: readonly [number, number, number] }>();
      for (const one of steps) {
        if (one.kind === "end") {
          await store.holdWorkers(account, [hold(one.n, 0)]);
          held.delete(one.n);
          waiting.delete(one.n);
          continue;
        }
        const grant = await reserve(store, account, order(one.n, { ...one, workers, retryMs: 60_000 }));
        if (held.has(one.n)) {
          expect(grant).toEqual(reserved);
          continue;
        }
        waiting.set(one.n, { rank: [one.isTakeover ? -1 : 0, -one.priority, one.n] });
        const ahead = [...waiting].filter(
          ([n, waiter]) => n !== one.n && isBefore(waiter.rank, waiting.get(one.n)?.rank),
        ).length;
        expect(grant.kind).toBe(ahead < workers - held.size ? "reserved" : "no_worker");
        if (grant.kind === "reserved") {
          held.add(one.n);
          waiting.delete(one.n);
        } else expect(grant).toMatchObject({ used: held.size, limit: workers, ahead });
        expect(held.size).toBeLessThanOrEqual(workers);
      }
      expect(await store.readQuota(account, { requestsPerSecond: 1, workers })).toMatchObject({
        workersUsed: held.size,
        waitingForWorker: waiting.size,
      });
    }),
    { numRuns: 60 },
  );
});

function isBefore(left: readonly number[], right: readonly number[] = []): boolean {
  const differs = left.findIndex((value, i) => value !== right[i]);
  return differs >= 0 && (left[differs] ?? 0) < (right[differs] ?? 0);
}
