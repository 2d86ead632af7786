import { createSessionStore, scriptNames, StoreError } from "@autorec/session-store";
import type { SessionStore } from "@autorec/session-store";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { exerciseStore } from "../support/exercise-store.ts";
import { startRedisCluster, startRedisServer } from "../support/redis-cluster.ts";
import type { RedisCluster, RedisServer } from "../support/redis-cluster.ts";
import { randomPrefix } from "../support/redis.ts";
import { joined, newToken, room } from "../support/session-store.ts";

let cluster: RedisCluster;
let single: RedisServer;

beforeAll(async () => {
  [cluster, single] = await Promise.all([startRedisCluster(), startRedisServer()]);
});

afterAll(async () => {
  await Promise.all([cluster.close(), single.close()]);
});

const shardCount = 16;
const scriptsRun = new Set<string>();

function open(where: "cluster" | "single", prefix = randomPrefix()): SessionStore {
  const redis = { url: single.url };
  const store = createSessionStore({
    redis,
    prefix,
    shardCount,
    ...(where === "cluster" ? { nodes: cluster.nodes.slice(0, 1) } : {}),
    metrics: { onScript: (script) => void scriptsRun.add(script), monotonicMs: () => performance.now() },
  });
  onTestFinished(() => store.close());
  return store;
}

test("a cluster of three nodes answers every script as a single Redis does, in each of 16 shards", async () => {
  const [alone, together] = await Promise.all([exerciseStore(open("single")), exerciseStore(open("cluster"))]);
  expect(together).toEqual(alone);
  expect([...scriptsRun].sort(), "no script was left out").toEqual([...scriptNames].sort());
  const sizes = await Promise.all(cluster.servers.map(({ admin }) => admin.dbsize()));
  expect(Math.min(...sizes), "each node holds a part").toBeGreaterThan(0);
});

test("no script touches a key that it did not declare, and all keys of a call share one hash tag", async () => {
  const monitor = await single.admin.duplicate().monitor();
  monitor.on("error", () => undefined);
  onTestFinished(() => monitor.disconnect());
  const lines: { readonly args: readonly string[]; readonly isLua: boolean }[] = [];
  monitor.on("monitor", (_time: string, args: string[], source: string) => {
    lines.push({ args, isLua: source === "lua" });
  });
  const prefix = randomPrefix();
  const store = open("single", prefix);
  await exerciseStore(store);
  // The monitor's stream comes later than the answers: the last line that is waited for is one of our own.
  await single.admin.get(`${prefix}:end`);
  await vi.waitFor(() => expect(lines.at(-1)?.args[1]).toBe(`${prefix}:end`), { timeout: 10_000 });

  let declared: readonly string[] = [];
  let calls = 0;
  const strangers = new Set<string>();
  for (const { args, isLua } of lines) {
    const [command = "", , keyCount] = args;
    if (!isLua && /^evalsha|^eval$/i.test(command)) {
      declared = args.slice(3, 3 + Number(keyCount));
      calls += 1;
      const tags = new Set(declared.map((key) => /\{([^}]+)\}/.exec(key)?.[1]));
      expect(tags.size, declared.join(" ")).toBe(1);
      expect(tags.has(undefined), declared.join(" ")).toBe(false);
    }
    if (!isLua || /^time$/i.test(command)) continue;
    for (const key of await keysOf(args)) if (!declared.includes(key)) strangers.add(`${command} ${key}`);
  }
  expect(calls).toBeGreaterThan(scriptNames.length);
  expect([...strangers]).toEqual([]);
});

/** What Redis itself takes for the keys of a command. */
async function keysOf(args: readonly string[]): Promise<readonly string[]> {
  const keys = await single.admin.call("COMMAND", "GETKEYS", ...args);
  return Array.isArray(keys) ? keys.map(String) : [];
}

test("while a slot moves to another node its channels are worked on as before, and no event is applied twice", async () => {
  const prefix = randomPrefix();
  const store = open("cluster", prefix);
  const shard = store.shardOf(room);
  await store.markReady([shard], "epoch");
  await store.applyPresence(room, { events: [joined(7, 1)] });
  await cluster.moveSlotOf(`${prefix}:due:{${String(shard)}}`);
  expect(await store.applyPresence(room, { events: [joined(8, 1)] })).toMatchObject({ applied: 1, stale: 0 });
  const claim = await store.claimOne(room, { token: newToken(), owner: "w", leaseMs: 30_000 });
  expect(claim).toMatchObject({ kind: "claimed", channel: { view: { presence: { count: 2 } } } });
});

test("a node that goes away costs an error that says retry, never a command that is sent twice; when it is back all goes on", async () => {
  const prefix = randomPrefix();
  const store = open("cluster", prefix);
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  await Promise.all(shards.map((shard) => store.readyEpoch(shard)));
  const [away] = cluster.servers;
  if (away === undefined) throw new Error("the cluster has no node");
  away.signal("SIGSTOP");
  const outcomes = await Promise.allSettled(shards.map((shard) => store.announceRules(shard, "h", 30_000)));
  away.signal("SIGCONT");
  const failures = outcomes.flatMap((outcome): unknown[] => (outcome.status === "rejected" ? [outcome.reason] : []));
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.length, "the other nodes go on").toBeLessThan(shardCount);
  for (const err of failures) {
    expect(err).toBeInstanceOf(StoreError);
    expect(err).toMatchObject({ code: "REC_REDIS_UNREACHABLE", retry: "retry" });
  }
  // What was sent once ran once: it was unanswered, not lost.
  await vi.waitFor(
    async () => {
      const fresh = await Promise.all(shards.map((shard) => store.announceRules(shard, "h", 30_000)));
      expect(fresh.filter((each) => each.fresh)).toEqual([]);
    },
    { timeout: 30_000, interval: 200 },
  );
});
