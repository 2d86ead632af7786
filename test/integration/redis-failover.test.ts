import { startStack } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import { startDevstack } from "@autorec/devstack";
import type { Devstack } from "@autorec/devstack";
import { fastDurations } from "@autorec/domain";
import { createSessionStore } from "@autorec/session-store";
import type { SessionStore } from "@autorec/session-store";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { emptyAndJudge } from "../support/judged-stack.ts";
import { startRedisServer } from "../support/redis-cluster.ts";
import type { RedisServer } from "../support/redis-cluster.ts";
import { openRedisProxy } from "../support/redis-proxy.ts";
import { randomPrefix } from "../support/redis.ts";
import { joined, room } from "../support/session-store.ts";

const patience = { timeout: 90_000, interval: 100 } as const;

let devstack: Devstack;

beforeAll(async () => {
  const { REDIS_URL: _shared, ...env } = process.env;
  devstack = await startDevstack({ ownBroker: true, env, log: () => undefined });
});

afterAll(() => devstack.stop());

async function openServer(): Promise<RedisServer> {
  const server = await startRedisServer();
  onTestFinished(() => server.close());
  return server;
}

/** A master and a replica that gets its writes through a way that can be cut. */
async function openPair() {
  const [master, replica] = await Promise.all([openServer(), openServer()]);
  const link = await openRedisProxy(master.url);
  await replica.admin.call("REPLICAOF", "127.0.0.1", new URL(link.url).port);
  await vi.waitFor(
    async () => expect(await replica.admin.info("replication")).toContain("master_link_status:up"),
    patience,
  );
  return { master, replica, link };
}

function openStore(url: string, prefix = randomPrefix()): SessionStore {
  let nowMs = 0;
  const metrics = { onScript: () => undefined, monotonicMs: () => (nowMs += 10_000) };
  const store = createSessionStore({ redis: { url }, prefix, shardCount: 1, metrics });
  onTestFinished(() => store.close());
  return store;
}

test("whether a replica has what was written is known at once, and a lagging one holds nobody up for long", async () => {
  const { master, link } = await openPair();
  const store = openStore(master.url);
  await store.applyPresence(room, { events: [joined(7, 1)] });
  // A busy machine takes longer than a batch would wait.
  await vi.waitFor(async () => expect(await store.confirmReplicated()).toBe("confirmed"), patience);
  link.cut();
  const startedMs = performance.now();
  expect(["no_replica", "unconfirmed"]).toContain(await store.confirmReplicated());
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

test("a Redis without a replica is asked once in a while and never waited for", async () => {
  const store = openStore((await openServer()).url);
  expect(await store.confirmReplicated()).toBe("no_replica");
});

test("a promoted replica has another identity than its master, a connection that is made anew has not", async () => {
  const { master, replica } = await openPair();
  const proxy = await openRedisProxy(master.url);
  const store = openStore(proxy.url);
  const identity = await store.identity();
  proxy.cut();
  await proxy.mend();
  await vi.waitFor(async () => expect(await store.identity()).toBe(identity), patience);
  await replica.admin.call("REPLICAOF", "NO", "ONE");
  proxy.aim(replica.url);
  proxy.cut();
  await proxy.mend();
  await vi.waitFor(async () => expect(await store.identity()).not.toBe(identity), patience);
});

test("which Redis was seen is there after a restart of the process, and on a replica that is promoted", async () => {
  const { master, replica } = await openPair();
  const prefix = randomPrefix();
  const store = openStore(master.url, prefix);
  expect(await store.lastServer()).toBeUndefined();
  const seen = { identity: await store.identity(), atMs: 1 };
  await store.rememberServer(seen);
  expect(await openStore(master.url, prefix).lastServer()).toEqual(seen);
  const promoted = openStore(replica.url, prefix);
  await vi.waitFor(async () => expect(await promoted.lastServer()).toEqual(seen), patience);
});

test(
  "a failover that loses the last writes loses no event, forgets no recorder, and overlaps none beyond the bounds",
  { timeout: 300_000 },
  async () => {
    const { master, replica, link } = await openPair();
    const proxy = await openRedisProxy(master.url);
    const stack: Stack = await startStack({
      devstack: { kafkaBrokers: devstack.kafkaBrokers, redisUrl: proxy.url },
      consumers: 1,
      watchdogs: 1,
      durations: fastDurations,
      requestsPerSecond: 200,
      delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
      seed: 1,
    });
    onTestFinished(() => stack.stop());
    const inChannel = (channelName: string) => ({ channelName, uid: 7 });
    const join = (channelName: string): Promise<unknown> => stack.simulator.join(inChannel(channelName));
    const untilRecorded = (names: readonly string[]) =>
      stack.simulator.waitFor(
        `recorders in ${names.join(", ")}`,
        ({ channels }) =>
          names.every((name) =>
            channels.some((each) => each.channelName === name && each.recorders.some(({ phase }) => phase === "live")),
          ),
        patience.timeout,
      );
    const kept = ["kept-1", "kept-2", "kept-3"];
    const lost = ["lost-1", "lost-2", "lost-3"];
    await Promise.all(kept.map(join));
    await untilRecorded(kept);
    await stack.simulator.note({ note: "redis-lost" });
    // From here on nothing reaches the replica: what is acknowledged, and what is committed in Kafka for it, will be lost.
    link.cut();
    await Promise.all(lost.map(join));
    await untilRecorded(lost);
    master.signal("SIGKILL");
    await replica.admin.call("REPLICAOF", "NO", "ONE");
    proxy.aim(replica.url);
    proxy.cut();
    await proxy.mend();
    const store = createSessionStore({ redis: { url: replica.url }, prefix: stack.runId, shardCount: 16 });
    onTestFinished(() => store.close());
    await vi.waitFor(async () => {
      for (const channelName of [...kept, ...lost]) {
        const reading = await store.readChannel({ appId: stack.secrets.appId, channelName });
        const { attempts, slots } = reading?.view.record ?? {};
        expect([channelName, reading?.view.presence.count, attempts?.[slots?.primary.resp ?? 0]?.st]).toEqual([
          channelName,
          1,
          "CONF",
        ]);
      }
    }, patience);
    await stack.simulator.note({ note: "redis-rebuilt" });
    const judgement = await emptyAndJudge(stack, [...kept, ...lost].map(inChannel), patience.timeout);
    expect(judgement.violations).toEqual([]);
    expect(judgement).toMatchObject({ leftBehind: 0, uidClashes: 0, overlapsUnexplained: 0 });
  },
);
