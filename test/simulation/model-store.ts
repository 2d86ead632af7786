import { tombstoneMs } from "@autorec/domain";
import type { Attempt, PendingFact } from "@autorec/domain";
import type { ChannelRef, ClaimedChannel, SessionStore } from "@autorec/session-store";
import { bothFlips, ModelChannel, noFlips } from "./model-channel.ts";
import { applyEvents } from "./model-events.ts";
import { applyMarks } from "./model-marks.ts";
import { ModelQuota } from "./model-quota.ts";
import { ModelShard } from "./model-shard.ts";
import type { BackendOptions, ShardTimes, StoreBackend } from "./store-backend.ts";

type Args<Name extends keyof SessionStore> = Parameters<SessionStore[Name]>;
type Reply<Name extends keyof SessionStore> = Awaited<ReturnType<SessionStore[Name]>>;

/** Redis with the scripts of session-store, as their headers promise; each method is one script and takes no time. */
export class ModelStore implements StoreBackend {
  readonly #nowMs: () => number;
  readonly #quotaRecoverMs: number;
  #shards: readonly ModelShard[];
  readonly #channels = new Map<string, ModelChannel>();
  readonly #quotas = new Map<string, ModelQuota>();

  constructor(options: BackendOptions) {
    this.#nowMs = options.nowMs;
    this.#quotaRecoverMs = options.quotaRecoverMs;
    this.#shards = Array.from({ length: options.shardCount }, () => new ModelShard(options.nowMs, { isReady: true }));
  }

  nowMs(): number {
    return this.#nowMs();
  }

  /** S1. */
  applyPresence(...[ref, { claim, events, hold, appliedOffset }]: Args<"applyPresence">): Reply<"applyPresence"> {
    const nowMs = this.#nowMs();
    const channel = this.#channel(ref);
    const { shard, member } = this.#placeOf(ref);
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
    const made = isClaimed ? this.#claim(ref, claim) : undefined;
    const granted = made?.kind === "claimed" ? { granted: made.channel } : {};
    const counts = { applied, stale, strangers };
    return { changed, occupied: channel.count > 0, leaseHeld: holder !== undefined, ...counts, ...granted, nowMs };
  }

  releaseHolds(...[index, partition, appliedOffset]: Args<"releaseHolds">): number {
    const shard = this.#shard(index);
    const released = shard.holds.release(partition, appliedOffset, (member) => this.#channels.get(member));
    for (const channel of released) {
      channel.raiseRevision(this.#nowMs());
      shard.makeDueNow(channel.member);
    }
    return released.length;
  }

  highestHold(...[index, partition]: Args<"highestHold">): string | undefined {
    return this.#shard(index).holds.highest(partition);
  }

  /** S2. */
  claimDue(...[index, options]: Args<"claimDue">): Reply<"claimDue"> {
    const shard = this.#shard(index);
    const nowMs = this.#nowMs();
    if (!shard.readiness.isReady) return { kind: "not_ready", nowMs };
    const repeated = [...(shard.claims.get(options.token) ?? [])];
    const due = [...shard.due]
      .filter(([, atMs]) => atMs <= nowMs)
      .sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
    const members = repeated.length > 0 ? repeated : due.map(([member]) => member).slice(0, options.max);
    const channels = members.flatMap((member) => {
      const ref = this.#channels.get(member)?.ref;
      const claim = ref === undefined ? undefined : this.#claim(ref, { ...options, claims: shard.claims });
      return claim?.kind === "claimed" ? [claim.channel] : [];
    });
    return { kind: "claimed", channels, unreadable: [], nowMs };
  }

  /** S3. */
  claimOne(...[ref, options]: Args<"claimOne">): Reply<"claimOne"> {
    return this.#claim(ref, options);
  }

  /** S4. */
  renew(...[ref, { token, leaseMs }]: Args<"renew">): Reply<"renew"> {
    const nowMs = this.#nowMs();
    const { shard, member } = this.#placeOf(ref);
    const channel = this.#channel(ref);
    const lease = channel.liveLease(nowMs);
    if (lease?.token !== token) return { kind: "lost", nowMs };
    const leaseUntilMs = nowMs + leaseMs;
    channel.lease = { ...lease, untilMs: leaseUntilMs };
    shard.due.set(member, leaseUntilMs + 1_000);
    return { kind: "ok", rev: channel.revText, leaseUntilMs, nowMs };
  }

  release(...[ref, { token }]: Args<"release">): Reply<"release"> {
    const { shard, member } = this.#placeOf(ref);
    const channel = this.#channel(ref);
    if (channel.lease?.token !== token) return "lost";
    channel.lease = undefined;
    shard.makeDueNow(member);
    return "released";
  }

  /** S5. */
  commit(...[ref, options]: Args<"commit">): Reply<"commit"> {
    const nowMs = this.#nowMs();
    const { shard, member } = this.#placeOf(ref);
    const channel = this.#channel(ref);
    const lease = channel.liveLease(nowMs);
    if (lease?.token !== options.token) return { kind: "lost", nowMs };
    if (channel.revText !== options.expectedRev) {
      return { kind: "conflict", channel: this.#claimed(channel, lease.untilMs) };
    }
    const rev = channel.raiseRevision(nowMs);
    const removed = this.#storeRecord(channel, options);
    let flips = noFlips;
    for (const [uid, n] of newUids(options.before.attempts, options.after.attempts)) {
      flips = bothFlips(flips, channel.ownUid(uid, n, nowMs));
    }
    flips = bothFlips(flips, applyMarks(channel, options.marks ?? [], nowMs));
    if (flips.moved) channel.raiseRevision(nowMs);
    for (const uid of removed.flatMap(uidsOf)) if (channel.entries.get(uid)?.online !== true) channel.uids.delete(uid);
    const removedAttempts = removed.map((attempt) => attempt.n);
    shard.outbox.tell({ ref, rev, lifecycle: options.lifecycle, snapshots: options.snapshots, removedAttempts });
    if (!options.release) {
      shard.due.set(member, lease.untilMs + 1_000);
      return { kind: "ok", rev, nowMs };
    }
    channel.lease = undefined;
    if (flips.flipped || shard.rulesChangedAtMs >= lease.atMs) shard.due.set(member, nowMs);
    else if (options.dueAtMs === undefined) shard.due.delete(member);
    else shard.due.set(member, Math.max(0, Math.ceil(options.dueAtMs)));
    return { kind: "ok", rev, nowMs };
  }

  /** S6. */
  fact(...[ref, fact, { withinMs = 0 } = {}]: Args<"fact">): Reply<"fact"> {
    const nowMs = this.#nowMs();
    const { shard, member } = this.#placeOf(ref);
    const channel = this.#channel(ref);
    const field = factField(fact);
    if (channel.facts.has(field)) return "known";
    channel.raiseRevision(nowMs);
    channel.facts.set(field, fact);
    for (const uid of [fact.uid, ...(fact.newUid === undefined ? [] : [fact.newUid])])
      channel.ownUid(uid, fact.n, nowMs);
    if (fact.kind === "newUid") channel.lookAtMs = nowMs;
    shard.index.add(member);
    shard.makeDueWithin(member, withinMs);
    return channel.record.attempts[fact.n] === undefined ? "upserted" : "applied";
  }

  /** S7. */
  rebuildChannel(...[ref, { token, record, rev }]: Args<"rebuildChannel">): Reply<"rebuildChannel"> {
    const { shard, member } = this.#placeOf(ref);
    const channel = this.#channel(ref);
    if (!shard.readiness.isHeldBy(token)) return "lost";
    if (channel.hasRecord) return "exists";
    const nowMs = this.#nowMs();
    channel.raiseRevision(nowMs);
    channel.restoreRevision(Number(rev) + 1);
    channel.store(record);
    for (const attempt of Object.values(record.attempts))
      for (const uid of uidsOf(attempt)) channel.ownUid(uid, attempt.n, nowMs);
    shard.index.add(member);
    shard.makeDueNow(member);
    return "rebuilt";
  }

  readyState(...[index]: Args<"readyState">): boolean {
    return this.#shard(index).readiness.isReady;
  }

  claimRebuild(...[index, order]: Args<"claimRebuild">): Reply<"claimRebuild"> {
    return this.#shard(index).readiness.claim(order);
  }

  finishRebuild(...[index, { token }]: Args<"finishRebuild">): Reply<"finishRebuild"> {
    return this.#shard(index).readiness.finish(token);
  }

  /** S8. Worlds are shorter than tombstones live: nothing is ever old enough. */
  gc(): Reply<"gc"> {
    return "kept";
  }

  readChannel(...[ref]: Args<"readChannel">): Reply<"readChannel"> {
    const channel = this.#channel(ref);
    if (!channel.exists) return undefined;
    const { shard, member } = this.#placeOf(ref);
    const nowMs = this.#nowMs();
    const dueAtMs = shard.due.get(member);
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
    return this.#shard(index).announceRules(hash, ttlMs);
  }

  claimRelay(...[index, order]: Args<"claimRelay">): boolean {
    return this.#shard(index).outbox.claim(order);
  }

  releaseRelay(...[index, { token }]: Args<"releaseRelay">): Reply<"releaseRelay"> {
    return this.#shard(index).outbox.release(token);
  }

  outboxRead(...[index, max]: Args<"outboxRead">): Reply<"outboxRead"> {
    return this.#shard(index).outbox.read(max);
  }

  outboxAck(...[index, token, ids]: Args<"outboxAck">): Reply<"outboxAck"> {
    return this.#shard(index).outbox.acknowledge(token, ids);
  }

  takeRequest(...[account, order]: Args<"takeRequest">): Reply<"takeRequest"> {
    return this.#quota(account).takeRequest(order);
  }

  cutRequests(...[account]: Args<"cutRequests">): Reply<"cutRequests"> {
    return this.#quota(account).cutRequests();
  }

  holdWorkers(...[account, holds]: Args<"holdWorkers">): Reply<"holdWorkers"> {
    this.#quota(account).holdWorkers(holds);
  }

  cutWorkers(...[account, refused]: Args<"cutWorkers">): Reply<"cutWorkers"> {
    return this.#quota(account).cutWorkers(refused);
  }

  nextDueAtMs(): ShardTimes {
    return this.#shards.map((shard) => shard.nextDueAtMs());
  }

  makeAllDue(): void {
    for (const shard of this.#shards) shard.makeAllDue();
  }

  outboxLength(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.outbox.length, 0);
  }

  leaseOwner(ref: ChannelRef): string | undefined {
    return this.#channel(ref).liveLease(this.#nowMs())?.owner;
  }

  shardOf(ref: ChannelRef): number {
    return shardOf(memberOf(ref), this.#shards.length);
  }

  isLost(): boolean {
    return this.#shards.some((shard) => !shard.readiness.isReady);
  }

  loseAll(): void {
    this.#shards = this.#shards.map(() => new ModelShard(this.#nowMs, { isReady: false }));
    this.#channels.clear();
    this.#quotas.clear();
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

  #claim(
    ref: ChannelRef,
    options: Args<"claimOne">[1] & { readonly claims?: Map<string, Set<string>> },
  ): Reply<"claimOne"> {
    const nowMs = this.#nowMs();
    const { shard, member } = this.#placeOf(ref);
    if (!shard.readiness.isReady) return { kind: "not_ready" };
    const channel = this.#channel(ref);
    const lease = channel.liveLease(nowMs);
    if (lease?.token === options.token) return { kind: "claimed", channel: this.#claimed(channel, lease.untilMs) };
    const dueAtMs = shard.due.get(member);
    const isDue = dueAtMs !== undefined && dueAtMs <= nowMs;
    if (lease !== undefined) {
      if (isDue) shard.due.set(member, lease.untilMs + 1_000);
      return { kind: "busy" };
    }
    if (!isDue) return { kind: "not_due" };
    const untilMs = nowMs + options.leaseMs;
    channel.fence = Math.max(channel.fence + 1, nowMs * 1_000);
    channel.lease = { token: options.token, owner: options.owner, atMs: nowMs, untilMs };
    shard.due.set(member, untilMs + 1_000);
    if (options.claims !== undefined) {
      const claims = options.claims.get(options.token) ?? new Set();
      options.claims.set(options.token, claims.add(member));
    }
    return { kind: "claimed", channel: this.#claimed(channel, untilMs) };
  }

  #claimed(channel: ModelChannel, leaseUntilMs: number): ClaimedChannel {
    const { shard } = this.#placeOf(channel.ref);
    return {
      ref: channel.ref,
      view: channel.view(),
      rev: channel.revText,
      fence: String(channel.fence),
      leaseUntilMs,
      nowMs: this.#nowMs(),
      liveRuleHashes: [...shard.rules.keys()],
    };
  }

  #storeRecord(channel: ModelChannel, options: Args<"commit">[1]): Attempt[] {
    const { before, after, removedAttempts = [], consumedFacts } = options;
    const kept = Object.entries(after.attempts).filter(([, attempt]) => !removedAttempts.includes(attempt.n));
    channel.store(removedAttempts.length === 0 ? after : { ...after, attempts: Object.fromEntries(kept) });
    for (const fact of consumedFacts) channel.facts.delete(factField(fact));
    const { attempts } = channel.record;
    return Object.values(before.attempts).filter((attempt) => attempts[attempt.n] === undefined);
  }

  #channel(ref: ChannelRef): ModelChannel {
    const member = memberOf(ref);
    const known = this.#channels.get(member);
    if (known !== undefined) return known;
    const channel = new ModelChannel(ref, { member, shard: shardOf(member, this.#shards.length) });
    this.#channels.set(member, channel);
    return channel;
  }

  #placeOf(ref: ChannelRef): { readonly shard: ModelShard; readonly member: string } {
    const { member, shard } = this.#channel(ref);
    return { shard: this.#shard(shard), member };
  }

  #shard(index: number): ModelShard {
    const shard = this.#shards[index];
    if (shard === undefined) throw new RangeError(`no shard ${String(index)}`);
    return shard;
  }
}

function memberOf(ref: ChannelRef): string {
  return `${ref.appId}:${ref.channelName}`;
}

/** As session-store's: FNV-1a, 32 bit. */
function shardOf(member: string, shardCount: number): number {
  if (shardCount === 1) return 0;
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(member)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shardCount;
}

function factField(fact: PendingFact): string {
  const named = fact.kind === "newUid" ? fact.newUid : fact.sid;
  return `${String(fact.n)}.${fact.kind}.${String(named ?? fact.resourceId ?? "-")}`;
}

function uidsOf(attempt: Attempt): readonly number[] {
  return [attempt.uid, ...attempt.knownUids];
}

function* newUids(
  before: Readonly<Record<number, Attempt>>,
  after: Readonly<Record<number, Attempt>>,
): Generator<readonly [number, number]> {
  for (const attempt of Object.values(after)) {
    const old = before[attempt.n];
    if (old === attempt) continue;
    const known = new Set(old === undefined ? [] : uidsOf(old));
    for (const uid of uidsOf(attempt)) if (!known.has(uid)) yield [uid, attempt.n];
  }
}
