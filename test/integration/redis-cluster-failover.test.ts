import { startStack } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import { startDevstack } from "@autorec/devstack";
import type { Devstack } from "@autorec/devstack";
import { fastDurations } from "@autorec/domain";
import { createSessionStore } from "@autorec/session-store";
import type { SessionStore } from "@autorec/session-store";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { countRecorders, emptyAndJudge } from "../support/judged-stack.ts";
import { cutReplication, startRedisCluster, takeOver } from "../support/redis-cluster.ts";
import type { RedisCluster, RedisServer } from "../support/redis-cluster.ts";
import { randomPrefix } from "../support/redis.ts";
import { joined } from "../support/session-store.ts";

const patience = { timeout: 90_000, interval: 200 } as const;
const shardCount = 16;

let devstack: Devstack;
let cluster: RedisCluster;

beforeAll(async () => {
  const { REDIS_URL: _shared, ...env } = process.env;
  [devstack, cluster] = await Promise.all([
    startDevstack({ ownBroker: true, env, log: () => undefined }),
    startRedisCluster({ replicas: true }),
  ]);
});

afterAll(async () => {
  await Promise.all([devstack.stop(), cluster.close()]);
});

function openStore(prefix: string, redisUrl = "redis://unused"): SessionStore {
  let nowMs = 0;
  const metrics = { onScript: () => undefined, monotonicMs: () => (nowMs += 10_000) };
  const store = createSessionStore({ redis: { url: redisUrl }, nodes: cluster.nodes, prefix, shardCount, metrics });
  onTestFinished(() => store.close());
  return store;
}

/** So many channels of each master's, by the port of the master. */
async function channelsByMaster(store: SessionStore, prefix: string, appId: string, each: number) {
  const found = new Map<RedisServer, string[]>(cluster.servers.map((server) => [server, []]));
  for (let i = 0; [...found.values()].some((names) => names.length < each); i += 1) {
    const channelName = `live-${String(i)}`;
    const shard = store.shardOf({ appId, channelName });
    const names = found.get(await cluster.masterOf(`${prefix}:due:{${String(shard)}}`));
    if (names !== undefined && names.length < each) names.push(channelName);
  }
  return found;
}

test("a write counts as replicated only when a replica of every node that holds a part has it", async () => {
  const prefix = randomPrefix();
  const store = openStore(prefix);
  const byMaster = await channelsByMaster(store, prefix, "app1", 1);
  for (const [master, names] of byMaster) {
    const ref = { appId: "app1", channelName: names[0] ?? "" };
    await vi.waitFor(async () => expect(await store.confirmReplicated()).toBe("confirmed"), patience);
    cluster.replicaOf(master).signal("SIGSTOP");
    await store.applyPresence(ref, { events: [joined(7, 1)] });
    expect(await store.confirmReplicated(), `while the replica of ${master.url} stands still`).toBe("unconfirmed");
    cluster.replicaOf(master).signal("SIGCONT");
  }
});

test(
  "a node of a cluster dies with its last writes among live channels: none is doubled, none is forgotten, no bound is broken",
  { timeout: 300_000 },
  async () => {
    const [first, victim] = cluster.servers;
    if (first === undefined || victim === undefined) throw new Error("the cluster has no nodes");
    const replica = cluster.replicaOf(victim);
    const hosts = cluster.servers.map(({ port }) => `127.0.0.1:${String(port)}`).join(",");
    const stack: Stack = await startStack({
      devstack: { kafkaBrokers: devstack.kafkaBrokers, redisUrl: `redis://${hosts}` },
      consumers: 2,
      watchdogs: 2,
      durations: fastDurations,
      requestsPerSecond: 200,
      delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
      seed: 1,
    });
    onTestFinished(() => stack.stop());
    const { appId } = stack.secrets;
    const store = openStore(stack.runId);
    const byMaster = await channelsByMaster(store, stack.runId, appId, 6);
    const mine = byMaster.get(victim) ?? [];
    // Of the victim's, half are recorded before its replica falls behind and half after; all others live on beside it.
    const lost = mine.slice(3);
    const kept = [...byMaster.values()].flat().filter((name) => !lost.includes(name));
    const all = [...kept, ...lost];
    const inChannel = (channelName: string) => ({ channelName, uid: 7 });
    const join = (channelName: string): Promise<unknown> => stack.simulator.join(inChannel(channelName));
    const untilConfirmed = (names: readonly string[]): Promise<void> =>
      vi.waitFor(async () => {
        const states = await Promise.all(
          names.map(async (channelName) => {
            const { record } = (await store.readChannel({ appId, channelName }))?.view ?? {};
            return record?.attempts[record.slots.primary.resp]?.st;
          }),
        );
        expect(states).toEqual(names.map(() => "CONF"));
      }, patience);

    await Promise.all(kept.map(join));
    await untilConfirmed(kept);
    await stack.simulator.note({ note: "redis-lost" });
    await cutReplication(victim, replica);
    await Promise.all(lost.map(join));
    await untilConfirmed(lost);
    const startsBefore = await countRecorders(stack);
    victim.signal("SIGKILL");
    await takeOver(replica);
    await untilConfirmed(all);
    await stack.simulator.note({ note: "redis-rebuilt" });
    expect(startsBefore).toBe(all.length);
    expect(await countRecorders(stack), "nobody needed another recorder").toBe(startsBefore);

    const judgement = await emptyAndJudge(stack, all.map(inChannel), patience.timeout);
    expect(judgement.violations).toEqual([]);
    expect(judgement).toMatchObject({ leftBehind: 0, uidClashes: 0, overlapsUnexplained: 0 });
  },
);
