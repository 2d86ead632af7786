/** Protocol states of an attempt. */
export const attemptStates = ["CLAIMED", "READY", "GHOST", "DOUBT", "LIVE", "CONF", "STOPPING", "CLOSED"] as const;
/** One of `attemptStates`. */
export type AttemptState = (typeof attemptStates)[number];

/** Recorders that a rule may ask for: `secondary` records the same once more. */
export const slotNames = ["primary", "secondary"] as const;
/** One of `slotNames`. */
export type SlotName = (typeof slotNames)[number];

/** What a lifecycle event may tell; later versions add more, and readers ignore those they do not know. */
export const lifecycleTypes = [
  "session.opened",
  "session.closed",
  "attempt.claimed",
  "attempt.waiting",
  "attempt.started",
  "attempt.confirmed",
  "attempt.suspected",
  "attempt.lost",
  "attempt.ambiguous",
  "attempt.rotating",
  "attempt.stopping",
  "attempt.closed",
  "slot.blocked",
  "channel.paused",
  "channel.resumed",
] as const;
/** One of `lifecycleTypes`. */
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
  /** Of `attempt.closed`: the most that Agora can bill for it, ms; absent when nothing of it can have run. */
  readonly billedMsMax?: number;
}

/** A lifecycle event before its commit gave it a revision, hence an id. */
export type LifecycleFact = Omit<LifecycleEvent, "schemaVersion" | "eventId" | "appId" | "channelName">;
