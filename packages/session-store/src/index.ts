export type { ChannelRef } from "./channel-ref.ts";
export type { ClaimedChannel } from "./claims.ts";
export type { OutboxEntry } from "./outbox.ts";
export type { PresenceEvent, PresenceResult, PresenceUpdate } from "./presence-store.ts";
export type { RequestKind } from "./request-budget.ts";
export { scriptNames } from "./script-source.ts";
export type { SessionStore, SessionStoreOptions } from "./session-store.ts";
export { createSessionStore } from "./session-store.ts";
export { StoreError } from "./store-error.ts";
