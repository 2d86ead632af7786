/** Protocol states of an attempt. */
export const attemptStates = ["CLAIMED", "READY", "GHOST", "DOUBT", "LIVE", "CONF", "STOPPING", "CLOSED"] as const;
export type AttemptState = (typeof attemptStates)[number];

export const slotNames = ["primary", "secondary"] as const;
export type SlotName = (typeof slotNames)[number];

export const lifecycleTypes = [
  "session.opened",
  "session.closed",
  "attempt.claimed",
  "attempt.started",
  "attempt.confirmed",
  "attempt.suspected",
  "attempt.lost",
  "attempt.ambiguous",
  "attempt.stopping",
  "attempt.closed",
  "slot.blocked",
] as const;
export type LifecycleType = (typeof lifecycleTypes)[number];

/** One fact on `recording.lifecycle`: at least once, in order per channel; `eventId` is the same in every copy. */
export interface LifecycleEvent {
  readonly schemaVersion: 1;
  /** `<appId>/<channelName>/<rev>/<i>`. */
  readonly eventId: string;
  readonly type: LifecycleType;
  /** Redis clock, ms since the epoch. */
  readonly atMs: number;
  readonly appId: string;
  readonly channelName: string;
  readonly sessionId: string;
  readonly slot?: SlotName;
  readonly attempt?: number;
  readonly recorderUid?: number;
  readonly sid?: string;
  readonly resourceId?: string;
  readonly state?: AttemptState;
  readonly previousState?: AttemptState;
  readonly cause?: string;
  readonly detail?: string;
}

/** A lifecycle event before its commit gave it a revision, hence an id. */
export type LifecycleFact = Omit<LifecycleEvent, "schemaVersion" | "eventId" | "appId" | "channelName">;
