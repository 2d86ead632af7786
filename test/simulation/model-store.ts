import { tombstoneMs } from "@autorec/domain";
import type { ChannelRef, SessionStore } from "@autorec/session-store";
import { claimChannel, claimDue } from "./model-claims.ts";
import { commit, factField, uidsOf } from "./model-commit.ts";
import { applyEvents } from "./model-events.ts";
import { ModelKeys } from "./model-keys.ts";
import { ModelQuota } from "./model-quota.ts";
import { ModelShard } from "./model-shard.ts";
import type { BackendOptions, ShardTimes, StoreBackend } from "./store-backend.ts";

type Args<Name extends keyof SessionStore> = Parameters<SessionStore[Name]>;
type Reply<Name extends keyof SessionStore> = Awaited<ReturnType<SessionStore[Name]>>;

/** Redis with the scripts of session-store, as their headers promise; each method is one script and takes no time. */
export class ModelStore implements StoreBackend {
  readonly #nowMs: () => number;
  readonly #quotaRecoverMs: number;
  #keys: ModelKeys;
  #promotions = 0;
  #seen: Reply<"lastServer">;
  readonly #quotas = new Map<string, ModelQuota>();

  constructor(options: BackendOptions) {
    this.#nowMs = options.nowMs;
    this.#quotaRecoverMs = options.quotaRecoverMs;
    const shards = Array.from({ length: options.shardCount }, () => ModelShard.empty(options.nowMs, { isReady: true }));
    this.#keys = new ModelKeys(shards);
  }

  nowMs(): number {
    return this.#nowMs();
  }

  /** S1. */
  applyPresence(...[ref, { claim, events, hold, appliedOffset }]: Args<"applyPresence">): Reply<"applyPresence"> {
    const nowMs = this.#nowMs();
    const place = this.#keys.placeOf(ref);
    const { channel, shard } = place;
    const { member } = channel;
    const existed = channel.exists;
    const { flips, look, joined, applied, stale, strangers, dirty } = applyEvents(channel, events, nowMs);
    const isHeld = joined && shard.holds.begin(channel, hold);
    const released = shard.holds.end(channel, appliedOffset);
    const changed = flips.flipped || look || released;
    if (dirty || isHeld || changed) {
      channel.raiseRevision(nowMs);
      if (look) channel.lookAtMs = nowMs;
      shard.index.add(member);
      if (changed) shard.makeDueNow(member);
      else if (!existed && !shard.due.has(member)) shard.due.set(member, nowMs + tombstoneMs);
    }
    const holder = channel.liveLease(nowMs);
    const isClaimed = claim !== undefined && (changed || holder?.token === claim.token);
    const made = isClaimed ? claimChannel(place, claim, nowMs) : undefined;
    const granted = made?.kind === "claimed" ? { granted: made.channel } : {};
    const counts = { applied, stale, strangers };
    return { changed, occupied: channel.count > 0, leaseHeld: holder !== undefined, ...counts, ...granted, nowMs };
  }

  releaseHolds(...[index, partition, appliedOffset]: Args<"releaseHolds">): number {
    const shard = this.#keys.shard(index);
    const released = shard.holds.release(partition, appliedOffset, (member) => this.#keys.channelOf(member));
    for (const channel of released) {
      channel.raiseRevision(this.#nowMs());
      shard.makeDueNow(channel.member);
    }
    return released.length;
  }

  highestHold(...[index, partition]: Args<"highestHold">): string | undefined {
    return this.#keys.shard(index).holds.highest(partition);
  }

  /** S2. */
  claimDue(...order: Args<"claimDue">): Reply<"claimDue"> {
    return claimDue(this.#keys, order, this.#nowMs());
  }

  /** S3. */
  claimOne(...[ref, options]: Args<"claimOne">): Reply<"claimOne"> {
    return claimChannel(this.#keys.placeOf(ref), options, this.#nowMs());
  }

  /** S4. */
  renew(...[ref, { token, leaseMs }]: Args<"renew">): Reply<"renew"> {
    const nowMs = this.#nowMs();
    const { channel, shard } = this.#keys.placeOf(ref);
    const lease = channel.liveLease(nowMs);
    if (lease?.token !== token) return { kind: "lost", nowMs };
    const leaseUntilMs = nowMs + leaseMs;
    channel.lease = { ...lease, untilMs: leaseUntilMs };
    shard.due.set(channel.member, leaseUntilMs + 1_000);
    return { kind: "ok", rev: channel.revText, leaseUntilMs, nowMs };
  }

  release(...[ref, { token }]: Args<"release">): Reply<"release"> {
    const { channel, shard } = this.#keys.placeOf(ref);
    if (channel.lease?.token !== token) return "lost";
    channel.lease = undefined;
    shard.makeDueNow(channel.member);
    return "released";
  }

  /** S5. */
  commit(...[ref, order]: Args<"commit">): Reply<"commit"> {
    return commit(this.#keys.placeOf(ref), order, this.#nowMs());
  }

  /** S6. */
  fact(...[ref, fact, { withinMs = 0 } = {}]: Args<"fact">): Reply<"fact"> {
    const nowMs = this.#nowMs();
    const { channel, shard } = this.#keys.placeOf(ref);
    const field = factField(fact);
    shard.makeDueWithin(channel.member, withinMs);
    if (channel.facts.has(field)) return "known";
    channel.raiseRevision(nowMs);
    channel.facts.set(field, fact);
    for (const uid of [fact.uid, ...(fact.newUid === undefined ? [] : [fact.newUid])])
      channel.ownUid(uid, fact.n, nowMs);
    if (fact.kind === "newUid") channel.lookAtMs = nowMs;
    shard.index.add(channel.member);
    return channel.record.attempts[fact.n] === undefined ? "upserted" : "applied";
  }

  /** S7. */
  rebuildChannel(...[ref, { token, record, rev }]: Args<"rebuildChannel">): Reply<"rebuildChannel"> {
    const { channel, shard } = this.#keys.placeOf(ref);
    if (!shard.readiness.isHeldBy(token)) return "lost";
    if (channel.hasRecord) return "exists";
    const nowMs = this.#nowMs();
    channel.raiseRevision(nowMs);
    channel.restoreRevision(Number(rev) + 1);
    channel.store(record);
    for (const attempt of Object.values(record.attempts))
      for (const uid of uidsOf(attempt)) channel.ownUid(uid, attempt.n, nowMs);
    shard.index.add(channel.member);
    shard.makeDueNow(channel.member);
    return "rebuilt";
  }

  readyEpoch(...[index]: Args<"readyEpoch">): Reply<"readyEpoch"> {
    return this.#keys.shard(index).readiness.epoch;
  }

  claimRebuild(...[index, order]: Args<"claimRebuild">): Reply<"claimRebuild"> {
    return this.#keys.shard(index).readiness.claim(order);
  }

  finishRebuild(...[index, { token }]: Args<"finishRebuild">): Reply<"finishRebuild"> {
    return this.#keys.shard(index).readiness.finish(token);
  }

  /** S8. Worlds are shorter than tombstones live: nothing is ever old enough. */
  gc(): Reply<"gc"> {
    return "kept";
  }

  readChannel(...[ref]: Args<"readChannel">): Reply<"readChannel"> {
    const { channel, shard } = this.#keys.placeOf(ref);
    if (!channel.exists) return undefined;
    const nowMs = this.#nowMs();
    const dueAtMs = shard.due.get(channel.member);
    const leaseOwner = channel.liveLease(nowMs)?.owner;
    return {
      view: channel.view(),
      rev: channel.revText,
      ...(dueAtMs === undefined ? {} : { dueAtMs }),
      ...(leaseOwner === undefined ? {} : { leaseOwner }),
      nowMs,
    };
  }

  announceRules(...[index, hash, ttlMs]: Args<"announceRules">): Reply<"announceRules"> {
    return this.#keys.shard(index).announceRules(hash, ttlMs);
  }

  claimRelay(...[index, order]: Args<"claimRelay">): boolean {
    return this.#keys.shard(index).outbox.claim(order);
  }

  releaseRelay(...[index, { token }]: Args<"releaseRelay">): Reply<"releaseRelay"> {
    return this.#keys.shard(index).outbox.release(token);
  }

  outboxRead(...[index, max]: Args<"outboxRead">): Reply<"outboxRead"> {
    return this.#keys.shard(index).outbox.read(max);
  }

  outboxAck(...[index, token, ids]: Args<"outboxAck">): Reply<"outboxAck"> {
    return this.#keys.shard(index).outbox.acknowledge(token, ids);
  }

  takeRequest(...[account, order]: Args<"takeRequest">): Reply<"takeRequest"> {
    return this.#quota(account).takeRequest(order);
  }

  cutRequests(...[account]: Args<"cutRequests">): Reply<"cutRequests"> {
    return this.#quota(account).cutRequests();
  }

  holdWorkers(...[account, holds, which]: Args<"holdWorkers">): Reply<"holdWorkers"> {
    this.#quota(account).holdWorkers(holds, which);
  }

  cutWorkers(...[account, refused]: Args<"cutWorkers">): Reply<"cutWorkers"> {
    return this.#quota(account).cutWorkers(refused);
  }

  expiredWorkers(...[account, max]: Args<"expiredWorkers">): Reply<"expiredWorkers"> {
    return this.#quota(account).expiredWorkers(max);
  }

  nextDueAtMs(): ShardTimes {
    return this.#keys.shards.map((shard) => shard.nextDueAtMs());
  }

  makeAllDue(): void {
    for (const shard of this.#keys.shards) shard.makeAllDue();
  }

  outboxLength(): number {
    return this.#keys.shards.reduce((sum, shard) => sum + shard.outbox.length, 0);
  }

  reservedWorkers(): number {
    return [...this.#quotas.values()].reduce((sum, quota) => sum + quota.reservedWorkers, 0);
  }

  leaseOwner(ref: ChannelRef): string | undefined {
    return this.#keys.placeOf(ref).channel.liveLease(this.#nowMs())?.owner;
  }

  shardOf(ref: ChannelRef): number {
    return this.#keys.shardOf(ref);
  }

  isLost(): boolean {
    return this.#keys.shards.some((shard) => !shard.readiness.isReady);
  }

  loseAll(): void {
    this.#keys = new ModelKeys(this.#keys.shards.map(() => ModelShard.empty(this.#nowMs, { isReady: false })));
    this.#quotas.clear();
  }

  identity(): string {
    return `redis-${String(this.#promotions)}`;
  }

  lastServer(): Reply<"lastServer"> {
    return this.#seen;
  }

  rememberServer(...[seen]: Args<"rememberServer">): void {
    this.#seen = seen;
  }

  replicate(): () => void {
    const seen = this.#seen;
    const keys = this.#keys.copy();
    const quotas = [...this.#quotas].map(([account, quota]) => [account, quota.copy()] as const);
    return () => {
      this.#keys = keys;
      this.#seen = seen;
      this.#quotas.clear();
      for (const [account, quota] of quotas) this.#quotas.set(account, quota);
      this.#promotions += 1;
    };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  #quota(account: string): ModelQuota {
    const quota =
      this.#quotas.get(account) ?? new ModelQuota({ nowMs: () => this.#nowMs(), recoverMs: this.#quotaRecoverMs });
    this.#quotas.set(account, quota);
    return quota;
  }
}
