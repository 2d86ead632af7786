import type { ChannelRef, SessionStore } from "@autorec/session-store";

type Used =
  | "applyPresence"
  | "releaseHolds"
  | "highestHold"
  | "claimDue"
  | "claimOne"
  | "renew"
  | "release"
  | "commit"
  | "fact"
  | "gc"
  | "readChannel"
  | "announceRules"
  | "claimRelay"
  | "releaseRelay"
  | "outboxRead"
  | "outboxAck"
  | "takeRequest"
  | "cutRequests"
  | "holdWorkers"
  | "cutWorkers"
  | "expiredWorkers"
  | "readyEpoch"
  | "claimRebuild"
  | "rebuildChannel"
  | "finishRebuild"
  | "nowMs"
  | "identity"
  | "lastServer"
  | "rememberServer";

/** What processes ask of Redis, as one step each; a model answers at once, a real Redis later. */
export type StoreMethods = {
  readonly [Name in Used]: (
    ...args: Parameters<SessionStore[Name]>
  ) => Awaited<ReturnType<SessionStore[Name]>> | ReturnType<SessionStore[Name]>;
};

/** By shard; undefined = nothing is due there. */
export type ShardTimes = readonly (number | undefined)[];

/** Redis as the world has it. */
export interface StoreBackend extends StoreMethods {
  /** The earliest due time of each shard, for a schedule that need not look before. */
  nextDueAtMs(): ShardTimes | Promise<ShardTimes>;
  /** Entries that nobody has relayed. */
  outboxLength(): number | Promise<number>;
  /** Reservations of workers, over or not. */
  reservedWorkers(): number | Promise<number>;
  /** Who holds the channel's lease now. */
  leaseOwner(ref: ChannelRef): string | undefined | Promise<string | undefined>;
  /** An operator's switch has moved: every channel is looked at. */
  makeAllDue(revision: number): void | Promise<void>;
  shardOf(ref: ChannelRef): number;
  /** Whether some shard has lost its state and is not rebuilt yet. */
  isLost(): boolean;
  /** Everything is gone, as after FLUSHALL; absent where nobody can do that. */
  loseAll?(): void;
  /** A replica hears of nothing from now on; what is answered puts it in the place of this one. Absent as `loseAll`. */
  replicate?(): () => void;
  close(): Promise<void>;
}

/** Opens a Redis with nothing in it that shows the world's time. */
export type OpenBackend = (options: BackendOptions) => StoreBackend;

/** What a Redis of a world is told as it is opened. */
export interface BackendOptions {
  readonly nowMs: () => number;
  readonly shardCount: number;
  /** How long a step takes in which a budget that Agora has cut grows back. */
  readonly quotaRecoverMs: number;
}

/** A kind of Redis to live in, and how to give it back. */
export interface OpenedBackend {
  readonly open: OpenBackend;
  readonly close: () => Promise<void>;
}
