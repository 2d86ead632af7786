import { createHash } from "node:crypto";
import { startDevstack } from "@autorec/devstack";
import { createSessionStore, loadScript } from "@autorec/session-store";
import type { ChannelRef, ScriptName, ScriptSource, SessionStore } from "@autorec/session-store";
import { Redis } from "ioredis";
import type { OpenedBackend, ShardTimes, StoreBackend } from "./store-backend.ts";
import { account } from "./worker-parts.ts";

type Args<Name extends keyof SessionStore> = Parameters<SessionStore[Name]>;

/** A Redis for worlds, each with a prefix of its own: the one that `REDIS_URL` names, else one of a devstack. */
export async function openLuaBackends(redisUrl = process.env["REDIS_URL"]): Promise<OpenedBackend> {
  const devstack = redisUrl === undefined ? await startDevstack({ log: () => undefined }) : undefined;
  const url = redisUrl ?? devstack?.redisUrl ?? "";
  const client = new Redis(url, { protocol: 2 });
  let worlds = 0;
  return {
    open: ({ nowMs, quotaRecoverMs, shardCount }) => {
      worlds += 1;
      const prefix = `simulation-${String(process.pid)}-${String(worlds)}`;
      return new LuaStore({ url, client, prefix, nowMs, quotaRecoverMs, shardCount });
    },
    close: async () => {
      await client.quit();
      await devstack?.stop();
    },
  };
}

/** The scripts themselves in a real Redis, which are told the world's time instead of Redis's own. */
class LuaStore implements StoreBackend {
  readonly #store: SessionStore;
  readonly #client: Redis;
  readonly #prefix: string;
  readonly #nowMs: () => number;
  readonly #shardCount: number;
  readonly #relayUntilMs = new Map<number, number>();
  #shownMs = 0;
  #isReady = false;

  constructor(options: {
    readonly url: string;
    readonly client: Redis;
    readonly prefix: string;
    readonly nowMs: () => number;
    readonly quotaRecoverMs: number;
    readonly shardCount: number;
  }) {
    const { url, client, prefix, nowMs, quotaRecoverMs, shardCount } = options;
    this.#client = client;
    this.#prefix = prefix;
    this.#nowMs = nowMs;
    this.#shardCount = shardCount;
    this.#store = createSessionStore({
      ...{ redis: { url }, prefix, quotaRecoverMs, shardCount },
      loadScript: (name) => onWorldTime(name, `${prefix}:clock`),
    });
  }

  nowMs(): number {
    return this.#nowMs();
  }

  async applyPresence(...args: Args<"applyPresence">): ReturnType<SessionStore["applyPresence"]> {
    return (await this.#now()).applyPresence(...args);
  }

  async releaseHolds(...args: Args<"releaseHolds">): ReturnType<SessionStore["releaseHolds"]> {
    return (await this.#now()).releaseHolds(...args);
  }

  async highestHold(...args: Args<"highestHold">): ReturnType<SessionStore["highestHold"]> {
    return (await this.#now()).highestHold(...args);
  }

  async claimDue(...args: Args<"claimDue">): ReturnType<SessionStore["claimDue"]> {
    return (await this.#now()).claimDue(...args);
  }

  async claimOne(...args: Args<"claimOne">): ReturnType<SessionStore["claimOne"]> {
    return (await this.#now()).claimOne(...args);
  }

  async renew(...args: Args<"renew">): ReturnType<SessionStore["renew"]> {
    return (await this.#now()).renew(...args);
  }

  async release(...args: Args<"release">): ReturnType<SessionStore["release"]> {
    return (await this.#now()).release(...args);
  }

  async commit(...args: Args<"commit">): ReturnType<SessionStore["commit"]> {
    return (await this.#now()).commit(...args);
  }

  async fact(...args: Args<"fact">): ReturnType<SessionStore["fact"]> {
    return (await this.#now()).fact(...args);
  }

  async gc(...args: Args<"gc">): ReturnType<SessionStore["gc"]> {
    return (await this.#now()).gc(...args);
  }

  async readChannel(...args: Args<"readChannel">): ReturnType<SessionStore["readChannel"]> {
    return (await this.#now()).readChannel(...args);
  }

  async announceRules(...args: Args<"announceRules">): ReturnType<SessionStore["announceRules"]> {
    return (await this.#now()).announceRules(...args);
  }

  async claimRelay(...[shard, lease]: Args<"claimRelay">): ReturnType<SessionStore["claimRelay"]> {
    const isClaimed = await (await this.#endRelays()).claimRelay(shard, lease);
    if (isClaimed) this.#relayUntilMs.set(shard, this.#nowMs() + lease.leaseMs);
    return isClaimed;
  }

  async releaseRelay(...args: Args<"releaseRelay">): ReturnType<SessionStore["releaseRelay"]> {
    return (await this.#endRelays()).releaseRelay(...args);
  }

  async outboxRead(...args: Args<"outboxRead">): ReturnType<SessionStore["outboxRead"]> {
    return (await this.#now()).outboxRead(...args);
  }

  async outboxAck(...args: Args<"outboxAck">): ReturnType<SessionStore["outboxAck"]> {
    return (await this.#endRelays()).outboxAck(...args);
  }

  async readyEpoch(...args: Args<"readyEpoch">): ReturnType<SessionStore["readyEpoch"]> {
    return (await this.#now()).readyEpoch(...args);
  }

  async claimRebuild(...args: Args<"claimRebuild">): ReturnType<SessionStore["claimRebuild"]> {
    return (await this.#now()).claimRebuild(...args);
  }

  async rebuildChannel(...args: Args<"rebuildChannel">): ReturnType<SessionStore["rebuildChannel"]> {
    return (await this.#now()).rebuildChannel(...args);
  }

  async finishRebuild(...args: Args<"finishRebuild">): ReturnType<SessionStore["finishRebuild"]> {
    return (await this.#now()).finishRebuild(...args);
  }

  async takeRequest(...args: Args<"takeRequest">): ReturnType<SessionStore["takeRequest"]> {
    return (await this.#now()).takeRequest(...args);
  }

  async cutRequests(...args: Args<"cutRequests">): ReturnType<SessionStore["cutRequests"]> {
    return (await this.#now()).cutRequests(...args);
  }

  async holdWorkers(...args: Args<"holdWorkers">): ReturnType<SessionStore["holdWorkers"]> {
    return (await this.#now()).holdWorkers(...args);
  }

  async cutWorkers(...args: Args<"cutWorkers">): ReturnType<SessionStore["cutWorkers"]> {
    return (await this.#now()).cutWorkers(...args);
  }

  async expiredWorkers(...args: Args<"expiredWorkers">): ReturnType<SessionStore["expiredWorkers"]> {
    return (await this.#now()).expiredWorkers(...args);
  }

  async identity(): ReturnType<SessionStore["identity"]> {
    return (await this.#now()).identity();
  }

  async lastServer(): ReturnType<SessionStore["lastServer"]> {
    return (await this.#now()).lastServer();
  }

  async rememberServer(...args: Args<"rememberServer">): ReturnType<SessionStore["rememberServer"]> {
    return (await this.#now()).rememberServer(...args);
  }

  async nextDueAtMs(): Promise<ShardTimes> {
    const firsts = await Promise.all(
      this.#shards().map((shard) =>
        this.#client.zrangebyscore(this.#key("due", shard), "-inf", "+inf", "WITHSCORES", "LIMIT", 0, 1),
      ),
    );
    return firsts.map(([, atMs]) => (atMs === undefined ? undefined : Number(atMs)));
  }

  async makeAllDue(revision: number): Promise<void> {
    const store = await this.#now();
    for (const shard of this.#shards()) {
      const refs = await store.channelRefs(shard);
      await store.spreadDue(shard, { refs, revision, firstMs: 0, stepMs: 0 });
    }
  }

  shardOf(ref: ChannelRef): number {
    return this.#store.shardOf(ref);
  }

  /** Never: whoever rebuilds works in real time. */
  isLost(): boolean {
    return false;
  }

  async outboxLength(): Promise<number> {
    const lengths = await Promise.all(this.#shards().map((shard) => this.#client.xlen(this.#key("out", shard))));
    return lengths.reduce((sum, length) => sum + length, 0);
  }

  async reservedWorkers(): Promise<number> {
    return (await (await this.#now()).readQuota(account, { requestsPerSecond: 1, workers: 1 })).workersUsed;
  }

  async leaseOwner(ref: ChannelRef): Promise<string | undefined> {
    return (await this.readChannel(ref))?.leaseOwner;
  }

  async close(): Promise<void> {
    const keys = await this.#client.keys(`${this.#prefix}:*`);
    if (keys.length > 0) await this.#client.del(...keys);
    await this.#store.close();
  }

  /** The store, once its scripts know what time it is. */
  async #now(): Promise<SessionStore> {
    const nowMs = this.#nowMs();
    if (nowMs !== this.#shownMs) await this.#client.set(`${this.#prefix}:clock`, `${String(nowMs)}000`);
    this.#shownMs = nowMs;
    if (!this.#isReady) await this.#store.markReady(this.#shards(), "simulation");
    this.#isReady = true;
    return this.#store;
  }

  /** A relay's lease is a key that Redis would let expire by its own clock. */
  async #endRelays(): Promise<SessionStore> {
    for (const [shard, untilMs] of this.#relayUntilMs) {
      if (this.#nowMs() < untilMs) continue;
      await this.#client.del(this.#key("relay", shard));
      this.#relayUntilMs.delete(shard);
    }
    return this.#now();
  }

  #shards(): readonly number[] {
    return Array.from({ length: this.#shardCount }, (_, shard) => shard);
  }

  #key(family: string, shard: number): string {
    return `${this.#prefix}:${family}:{${String(shard)}}`;
  }
}

/** A script that asks a key for the time, and leaves the expiry of keys to nobody. */
function onWorldTime(name: ScriptName, clockKey: string): ScriptSource {
  const text = loadScript(name)
    .text.replace(
      "local time = redis.call('TIME')",
      `local shown = redis.call('GET', '${clockKey}')\nlocal time = { string.sub(shown, 1, -7), string.sub(shown, -6) }`,
    )
    .replaceAll(/^ *redis\.call\('PEXPIRE'.*$/gm, "")
    .replace(", 'PX', ARGV[2]", "");
  // No world loses its Redis: what rebuilds one is never called.
  if (name.startsWith("rebuild")) return loadScript(name);
  if (/'(TIME|PX|PEXPIRE|EX|EXPIRE)'/.test(text))
    throw new Error(`${name}.lua asks for a time that the world does not know`);
  return { name, text, sha1: createHash("sha1").update(text).digest("hex") };
}
