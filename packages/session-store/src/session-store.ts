import { type PendingFact, realDurations } from "@autorec/domain";
import type { ChannelRef } from "./channel-ref.ts";
import { memberOf, shardOfMember } from "./channel-ref.ts";
import {
  announceRules,
  channelRefs,
  type ChannelReading,
  collect,
  type FactOptions,
  readChannel,
  recordFact,
} from "./channels.ts";
import { claimDue, type ClaimDueResult, claimOne, type ClaimOneResult, type ClaimOptions } from "./claims.ts";
import {
  auditAction,
  type ControlChange,
  type ControlReading,
  liftSwitch,
  type LiftResult,
  readAudit,
  readControl,
  restoreSwitches,
  spreadDue,
  throwSwitch,
} from "./control-store.ts";
import { confirmPresence, people } from "./confirm-presence.ts";
import type { ConfirmResult, PresenceList, StoredPerson } from "./confirm-presence.ts";
import { corkWrites } from "./cork-writes.ts";
import { openKeySpace } from "./keys.ts";
import { lastServer, rememberServer, type SeenServer } from "./last-server.ts";
import { commit, type CommitOptions, type CommitResult, release, renew, type RenewResult } from "./leases.ts";
import {
  claimRelay,
  outboxAck,
  type OutboxEntry,
  outboxOldestAgeMs,
  outboxRead,
  redisNowMs,
  releaseRelay,
} from "./outbox.ts";
import {
  applyPresence,
  highestHold,
  type PresenceResult,
  type PresenceUpdate,
  releaseHolds,
} from "./presence-store.ts";
import {
  claimRebuild,
  finishRebuild,
  rebuildChannel,
  type RebuildClaim,
  type RebuildOptions,
  type RebuildOrder,
} from "./rebuild.ts";
import { openReplication, type Replicated } from "./replication.ts";
import { closeRedisClient, openRedisClient, type RedisClientOptions } from "./redis-client.ts";
import { type AccountQuota, type QuotaReading, readQuota } from "./quota-reading.ts";
import { cutRequests, openRequestBudget, type RequestGrant, type RequestOrder } from "./request-budget.ts";
import { type LoadScript, openScriptRunner, type OnScript } from "./script-runner.ts";
import { ensureShardCount, markReady, readyEpoch, type ShardCountResult } from "./shards.ts";
import type { StoreContext } from "./store-context.ts";
import type { AuditRecord } from "./stored-control.ts";
import { toStoreError } from "./store-error.ts";
import { realTombstoneLimits, type TombstoneLimits } from "./tombstone-limits.ts";
import {
  type AttemptRef,
  cutWorkers,
  expiredWorkers,
  type HeldWorkers,
  openWorkerHolds,
  type WorkerHold,
} from "./worker-ledger.ts";

/** Where the store lives and what it may forget. */
export interface SessionStoreOptions extends RedisClientOptions {
  /** Begins every key; deployments that share a Redis differ in it. */
  readonly prefix: string;
  readonly shardCount: number;
  readonly tombstones?: TombstoneLimits;
  /** A step in which an account gets back a part of what 429 or 406 has taken; 10 s unless given. */
  readonly quotaRecoverMs?: number;
  /** Absent: the scripts of `lua/`. */
  readonly loadScript?: LoadScript;
  readonly metrics?: { readonly onScript: OnScript; readonly monotonicMs: () => number };
}

/**
 * Everything autorec keeps in Redis. Every method is one atomic step (or repeatable steps) on Redis's own clock, may be
 * repeated when its answer was lost, and throws nothing but StoreError: `REC_REDIS_UNREACHABLE` and
 * `REC_REDIS_OUT_OF_MEMORY` (retry), `REC_REDIS_REFUSED` and `REC_RECORD_SCHEMA` (terminal). A TypeError or RangeError is a
 * mistake of the caller.
 */
export interface SessionStore {
  shardOf(ref: ChannelRef): number;
  applyPresence(ref: ChannelRef, update: PresenceUpdate): Promise<PresenceResult>;
  /** Ends the holds that a partition's progress has reached; answers how many. */
  releaseHolds(shard: number, partition: number, appliedOffset: string): Promise<number>;
  /** The greatest offset that a hold waits for; undefined = nothing is held back by this partition. */
  highestHold(shard: number, partition: number): Promise<string | undefined>;
  /** The people of a channel as they are stored, recorders and bots left out. */
  people(ref: ChannelRef): Promise<readonly StoredPerson[]>;
  /** Acts on a list of the channel's users; a list that could not be had is no reason to call this. */
  confirmPresence(ref: ChannelRef, list: PresenceList): Promise<ConfirmResult>;
  claimDue(shard: number, options: ClaimOptions & { readonly max: number }): Promise<ClaimDueResult>;
  claimOne(ref: ChannelRef, options: ClaimOptions): Promise<ClaimOneResult>;
  renew(ref: ChannelRef, options: { readonly token: string; readonly leaseMs: number }): Promise<RenewResult>;
  release(ref: ChannelRef, options: { readonly token: string }): Promise<"released" | "lost">;
  commit(ref: ChannelRef, options: CommitOptions): Promise<CommitResult>;
  fact(ref: ChannelRef, fact: PendingFact, options?: FactOptions): Promise<"applied" | "known" | "upserted">;
  gc(ref: ChannelRef, options: { readonly tombstoneMs: number }): Promise<"collected" | "kept">;
  readChannel(ref: ChannelRef): Promise<ChannelReading | undefined>;
  channelRefs(shard: number): Promise<readonly ChannelRef[]>;
  announceRules(shard: number, hash: string, ttlMs: number): Promise<{ readonly fresh: boolean }>;
  ensureShardCount(count: number): Promise<ShardCountResult>;
  readyEpoch(shard: number): Promise<string | undefined>;
  markReady(shards: readonly number[], epoch: string): Promise<void>;
  /** Takes the right to rebuild a shard that is not ready; lengthens it with `sinceMs`, unless the shard was lost again. */
  claimRebuild(shard: number, order: RebuildOrder): Promise<RebuildClaim>;
  /** S7: the record of a channel that has none, from what Kafka remembers. */
  rebuildChannel(ref: ChannelRef, options: RebuildOptions): Promise<"rebuilt" | "exists" | "lost">;
  /** Opens a shard that this token has rebuilt. */
  finishRebuild(shard: number, options: { readonly token: string }): Promise<"ready" | "lost">;
  claimRelay(shard: number, options: { readonly token: string; readonly leaseMs: number }): Promise<boolean>;
  /** Lets another relay take the shard at once, instead of after the lease. */
  releaseRelay(shard: number, options: { readonly token: string }): Promise<"released" | "lost">;
  outboxRead(shard: number, max: number): Promise<readonly OutboxEntry[]>;
  outboxAck(shard: number, token: string, ids: readonly string[]): Promise<"acked" | "lost">;
  outboxOldestAgeMs(): Promise<number | undefined>;
  /** A place among the account's requests, and for an acquire the worker that it needs. */
  takeRequest(account: string, order: RequestOrder): Promise<RequestGrant>;
  /** The operators' switches; throws `REC_RECORD_SCHEMA` when one cannot be understood. */
  readControl(): Promise<ControlReading>;
  throwSwitch(change: ControlChange): ReturnType<typeof throwSwitch>;
  liftSwitch(target: string, by: Parameters<typeof liftSwitch>[2]): Promise<LiftResult>;
  restoreSwitches(known: Parameters<typeof restoreSwitches>[1]): Promise<"restored" | "known">;
  /** Makes channels due one after the other, once per revision of the switches. */
  spreadDue(shard: number, order: Parameters<typeof spreadDue>[2]): Promise<"spread" | "known">;
  auditAction(did: Parameters<typeof auditAction>[1]): Promise<void>;
  readAudit(max: number): Promise<readonly AuditRecord[]>;
  /** Whether the replicas, where there are any, hold everything that was written before the call; never waits for long. */
  confirmReplicated(): Promise<Replicated>;
  /** Names the Redis that answers; another name = another server, which may lack acknowledged writes. */
  identity(): Promise<string>;
  /** Leaves in Redis which one somebody has seen, for whoever comes after it. */
  rememberServer(seen: SeenServer): Promise<void>;
  lastServer(): Promise<SeenServer | undefined>;
  /** Agora has answered 429: half as many requests for a while; answers the percent that are left. */
  cutRequests(account: string): Promise<number>;
  /** Prolongs or ends reservations; `expired`: only those that are over. */
  holdWorkers(account: string, holds: readonly WorkerHold[], which?: HeldWorkers): Promise<void>;
  /** Reservations that are over and wait for a janitor. */
  expiredWorkers(account: string, max: number): Promise<readonly AttemptRef[]>;
  /** Agora has answered 406: no more workers than run now, for a while; answers how many. */
  cutWorkers(account: string, refused: AttemptRef & { readonly workers: number }): Promise<number>;
  readQuota(account: string, quota: AccountQuota): Promise<QuotaReading>;
  /** Redis's clock; rejects while Redis does not answer. */
  nowMs(): Promise<number>;
  close(): Promise<void>;
}

/** Opens the store and its connection, which is made, and made again, in the background. */
export function createSessionStore(options: SessionStoreOptions): SessionStore {
  const keys = openKeySpace(options.prefix, options.shardCount);
  const client = openRedisClient(options);
  const replication = openReplication(client, {
    markerKeys: keys.markerKeys,
    monotonicMs: options.metrics?.monotonicMs ?? (() => 0),
  });
  const context: StoreContext = {
    keys,
    tombstones: options.tombstones ?? realTombstoneLimits,
    quotaRecoverMs: options.quotaRecoverMs ?? realDurations.quotaRecoverMs,
    scripts: openScriptRunner(client, {
      ...(options.metrics ?? { onScript: () => undefined, monotonicMs: () => 0 }),
      ...(options.loadScript === undefined ? {} : { load: options.loadScript }),
    }),
    call: async (command, run) => {
      corkWrites(client);
      try {
        return await run(client);
      } catch (err) {
        throw toStoreError(err, command);
      }
    },
  };
  return {
    shardOf: (ref) => shardOfMember(memberOf(ref), options.shardCount),
    applyPresence: (ref, update) => applyPresence(context, ref, update),
    releaseHolds: (shard, partition, offset) => releaseHolds(context, shard, { partition, offset }),
    highestHold: (shard, partition) => highestHold(context, shard, partition),
    people: (ref) => people(context, ref),
    confirmPresence: (ref, list) => confirmPresence(context, ref, list),
    claimDue: (shard, claim) => claimDue(context, shard, claim),
    claimOne: (ref, claim) => claimOne(context, ref, claim),
    renew: (ref, lease) => renew(context, ref, lease),
    release: (ref, lease) => release(context, ref, lease),
    commit: (ref, decision) => commit(context, ref, decision),
    fact: (ref, fact, given) => recordFact(context, ref, fact, given),
    gc: (ref, limits) => collect(context, ref, limits),
    readChannel: (ref) => readChannel(context, ref),
    channelRefs: (shard) => channelRefs(context, shard),
    announceRules: (shard, hash, ttlMs) => announceRules(context, shard, { hash, ttlMs }),
    ensureShardCount: (count) => ensureShardCount(context, count),
    readyEpoch: (shard) => readyEpoch(context, shard),
    markReady: (shards, epoch) => markReady(context, shards, epoch),
    claimRebuild: (shard, lease) => claimRebuild(context, shard, lease),
    rebuildChannel: (ref, rebuild) => rebuildChannel(context, ref, rebuild),
    finishRebuild: (shard, options) => finishRebuild(context, shard, options),
    claimRelay: (shard, lease) => claimRelay(context, shard, lease),
    releaseRelay: (shard, lease) => releaseRelay(context, shard, lease),
    outboxRead: (shard, max) => outboxRead(context, shard, max),
    outboxAck: (shard, token, ids) => outboxAck(context, shard, { token, ids }),
    outboxOldestAgeMs: () => outboxOldestAgeMs(context),
    takeRequest: openRequestBudget(context),
    readControl: () => readControl(context),
    throwSwitch: (change) => throwSwitch(context, change),
    liftSwitch: (target, by) => liftSwitch(context, target, by),
    restoreSwitches: (known) => restoreSwitches(context, known),
    spreadDue: (shard, order) => spreadDue(context, shard, order),
    auditAction: (did) => auditAction(context, did),
    readAudit: (max) => readAudit(context, max),
    confirmReplicated: () => replication.confirm(),
    identity: () => replication.identity(),
    rememberServer: (seen) => rememberServer(context, seen),
    lastServer: () => lastServer(context),
    cutRequests: (account) => cutRequests(context, account),
    holdWorkers: openWorkerHolds(context),
    expiredWorkers: (account, max) => expiredWorkers(context, account, max),
    cutWorkers: (account, refused) => cutWorkers(context, account, refused),
    readQuota: (account, quota) => readQuota(context, account, quota),
    nowMs: () => redisNowMs(context),
    close: async () => {
      replication.close();
      await closeRedisClient(client);
    },
  };
}
