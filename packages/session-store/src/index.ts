export type { ChannelReading } from "./channels.ts";
export type { ChannelRef } from "./channel-ref.ts";
export type { ClaimDueResult, ClaimedChannel, ClaimOneResult, ClaimOptions, UnreadableChannel } from "./claims.ts";
export { emptyRecord } from "./channel-view.ts";
export type { CommitOptions, CommitResult, RenewResult } from "./leases.ts";
export type { OnScript } from "./script-runner.ts";
export type { OutboxEntry } from "./outbox.ts";
export type {
  PartitionOffset,
  PresenceEvent,
  PresenceResult,
  PresenceUpdate,
  TombstoneLimits,
} from "./presence-store.ts";
export type { RedisAddress } from "./redis-client.ts";
export type { RequestBudget, RequestGrant } from "./request-budget.ts";
export type { ScriptName } from "./script-source.ts";
export { scriptNames } from "./script-source.ts";
export type { SessionStore, SessionStoreOptions } from "./session-store.ts";
export { createSessionStore } from "./session-store.ts";
export type { ShardCountResult } from "./shards.ts";
export type { StoreErrorCode } from "./store-error.ts";
export { StoreError, storeErrorCodes } from "./store-error.ts";
