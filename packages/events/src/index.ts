export type { CallEvidence, CallReason, RetrySchedule } from "./outcome.ts";
export type { AcquireAnswer, QueryAnswer, StartAnswer, StopAnswer } from "./outcome.ts";
export { callReasons } from "./outcome.ts";
export type { ChannelEvent, DecodedRecord, DeadLetterCode, IgnoredCause, ParticipantRole } from "./channel-event.ts";
export { deadLetterCodes } from "./channel-event.ts";
export type { AttemptState, LifecycleEvent, LifecycleFact, LifecycleType, SlotName } from "./lifecycle-event.ts";
export { attemptStates, lifecycleTypes, slotNames } from "./lifecycle-event.ts";
