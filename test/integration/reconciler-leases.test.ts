import { expect, test, vi } from "vitest";
import { openBareRedis, testRedisUrl } from "../support/redis.ts";
import { openRedisProxy } from "../support/redis-proxy.ts";
import { openReconciling, shortDurations } from "../support/reconciler.ts";

const patience = { timeout: 60_000, interval: 50 } as const;

test("two reconcilers at once start exactly one recorder", async () => {
  const world = await openReconciling();
  const workers = [world.worker("w1"), world.worker("w2"), world.worker("w3")];
  await world.join(7);
  const outcomes = await Promise.all(workers.map((worker) => worker.reconcile("room")));
  expect(outcomes.toSorted()).toEqual(["busy", "busy", "settled"]);
  for (const worker of workers) worker.watch();
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF" }]);
  }, patience);
  expect(world.requests("acquire")).toHaveLength(1);
  expect(world.requests("start")).toHaveLength(1);
});

test("a decision that Redis did not take sends nothing: no start leaves before READY is stored", async () => {
  const world = await openReconciling();
  const dying = world.worker("dying", {
    store: (store) => ({
      commit: async (channel, options) => {
        if (options.after.attempts[1]?.st !== "READY") return store.commit(channel, options);
        // The write is slow, and then the process dies, as far as Redis can tell: time enough for a hasty start.
        await vi.waitUntil(() => world.requests("start").length > 0, { timeout: 1_000 }).catch(() => undefined);
        throw new Error("gone before READY was written");
      },
    }),
  });
  await world.join(7);
  expect(await dying.reconcile("room")).toBe("failed");
  expect(await world.attempts()).toMatchObject([{ n: 1, st: "CLAIMED" }]);
  expect(world.requests("acquire")).toHaveLength(1);
  expect(world.requests("start")).toEqual([]);

  world.worker("next").watch();
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ n: 1, st: "CONF" }]);
  }, patience);
  expect(world.joinedRecorders()).toHaveLength(1);
});

test("a start that the journal does not take is not sent", async () => {
  const world = await openReconciling();
  const outcomes: string[] = [];
  const worker = world.worker("w1", {
    journal: () => {
      outcomes.push("refused");
      return Promise.reject(new Error("no broker"));
    },
  });
  await world.join(7);
  expect(await worker.reconcile("room")).toBe("settled");
  expect(outcomes).toEqual(["refused"]);
  expect(await world.attempts()).toMatchObject([{ st: "READY", journaled: false }]);
  expect(world.requests("acquire")).toHaveLength(1);
  expect(world.requests("start")).toEqual([]);
});

test("a start whose journal took until the resource was too old is not sent", async () => {
  const world = await openReconciling({ durations: { resourceLifeMs: 1_000, lateStartMs: 200 } });
  const worker = world.worker("w1", {
    journal: async () => {
      const cutoffAtMs = Date.now() + 0.8 * 1_000;
      await vi.waitUntil(() => Date.now() > cutoffAtMs, patience);
    },
  });
  await world.join(7);
  await worker.reconcile("room");
  expect(world.requests("start")).toEqual([]);
  // Its holder knows that nobody has sent it, so there is nothing to doubt.
  worker.watch();
  await vi.waitFor(async () => {
    expect((await world.attempts())[0]).toMatchObject({ st: "CLOSED", cause: "resource_refused", startSends: 0 });
  }, patience);
});

test("a holder that was paused beyond its lease decides nothing; the sid it learned late is stored and its recorder stopped", async () => {
  const world = await openReconciling();
  const paused = world.worker("paused");
  await world.simulator.client.fault({ fault: "delay", delayMs: 300, when: "afterEffect", match: { call: "start" } });
  await world.join(7);
  const work = paused.reconcile("room");
  await vi.waitFor(() => {
    expect(world.joinedRecorders()).toHaveLength(1);
  }, patience);
  paused.gate.close();

  // The next holder repeats the start, learns that it ran, waits, and covers the ghost.
  const next = world.worker("next");
  next.watch();
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "GHOST" }, { st: "CONF" }]);
  }, patience);
  const ghost = world.joinedRecorders()[0];

  const decidedBefore = paused.decided.length;
  paused.gate.open();
  expect(await work).toBe("lost");
  expect(paused.decided).toHaveLength(decidedBefore);
  expect(paused.leasesLost()).toBe(1);
  // The fact names the ghost's sid, so it can be stopped at last, and the one that covers stays.
  await vi.waitFor(
    async () => {
      expect(await world.attempts()).toMatchObject([{ st: "CLOSED", sid: ghost?.sid }, { st: "CONF" }]);
    },
    { ...patience, timeout: 30_000 },
  );
  expect(world.live()).toMatchObject([{ uid: world.joinedRecorders()[1]?.uid }]);
  expect(world.requests("stop").every(({ client, sid }) => client === "next" && sid === ghost?.sid)).toBe(true);
});

test("a turn that has lost its lease does not end before what its answer proved is stored", async () => {
  const world = await openReconciling();
  const order: string[] = [];
  const slow = world.worker("slow", {
    store: (store) => ({
      renew: (channel, options) =>
        world.joinedRecorders().length > 0
          ? store.nowMs().then((nowMs) => ({ kind: "lost", nowMs }))
          : store.renew(channel, options),
      fact: async (channel, fact) => {
        for (let i = 0; i < 20; i += 1) await store.nowMs();
        const reply = await store.fact(channel, fact);
        order.push("fact stored");
        return reply;
      },
    }),
  });
  await world.simulator.client.fault({ fault: "delay", delayMs: 600, when: "afterEffect", match: { call: "start" } });
  await world.join(7);
  expect(await slow.reconcile("room")).toBe("lost");
  order.push("turn ended");
  expect(order).toEqual(["fact stored", "turn ended"]);
});

test("Redis that goes away in the middle of a start costs no sid", async () => {
  const world = await openReconciling();
  const proxy = await openRedisProxy(testRedisUrl());
  const worker = world.worker("w1", { redisUrl: proxy.url });
  await world.simulator.client.fault({ fault: "delay", delayMs: 500, when: "afterEffect", match: { call: "start" } });
  await world.join(7);
  const work = worker.reconcile("room");
  await vi.waitFor(() => {
    expect(world.joinedRecorders()).toHaveLength(1);
  }, patience);
  proxy.cut();
  await vi.waitFor(() => {
    expect(world.requests("start")).toMatchObject([{ status: 200, answered: true }]);
    expect(worker.failures.length).toBeGreaterThan(0);
  }, patience);
  await proxy.mend();
  expect(await work).toBe("failed");
  world.worker("next").watch();
  const [recorder] = world.joinedRecorders();
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF", sid: recorder?.sid }]);
  }, patience);
  expect(world.joinedRecorders()).toHaveLength(1);
});

test("a rejoin during a stop starts at once beside it, even while the stop's answer hangs", async () => {
  const callStopMs = 10_000;
  const world = await openReconciling({ durations: { leaseMs: 18_000, callStopMs } });
  const worker = world.worker("w1");
  worker.watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF" }]);
  }, patience);
  await world.simulator.client.fault({ fault: "lose-request", how: "hang", match: { call: "stop" } });
  await world.leave(7);
  await vi.waitFor(async () => {
    expect((await world.simulator.client.state()).armedFaults).toBe(0);
  }, patience);

  await world.join(8);
  await vi.waitFor(() => {
    expect(world.joinedRecorders()).toHaveLength(2);
  }, patience);
  // The stop is still under way: the same holder, the same lease, another attempt.
  const back = world.history().find((line) => line.kind === "participant-joined" && line.uid === 8);
  expect((world.joinedRecorders()[1]?.atMs ?? Infinity) - (back?.atMs ?? 0)).toBeLessThan(callStopMs - 2_000);
  const [old, next] = await world.attempts();
  expect(old).toMatchObject({ st: "STOPPING" });
  expect(next?.uid).not.toBe(old?.uid);
  expect(next?.session).not.toBe(old?.session);
  // Waiting for an answer is no reason to write: a decision for each change and step, not for each tick.
  expect(worker.decided.length).toBeLessThan(40);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CLOSED" }, { st: "CONF" }]);
  }, patience);
  expect(world.live()).toHaveLength(1);
});

test("a stop does not wait for its uploads, so it cannot hold the lease", async () => {
  const world = await openReconciling({ simulator: { durations: { syncStopUploadMs: 60_000 } } });
  world.worker("w1").watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF" }]);
  }, patience);
  await world.leave(7);
  await vi.waitFor(() => {
    expect(world.requests("stop")).toMatchObject([{ status: 200 }]);
  }, patience);
  expect(world.requests("stop")[0]?.durationMs).toBeLessThan(shortDurations.callStopMs);
});

test("a shard that has lost its marker is not worked on", async () => {
  const world = await openReconciling();
  await world.join(7);
  const redis = openBareRedis();
  await redis.del(`${world.prefix}:ready:{0}`);
  expect(await world.worker("w1").reconcile("room")).toBe("not_ready");
  expect(world.requests("acquire")).toEqual([]);
  await redis.quit();
});
