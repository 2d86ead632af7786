export type { Attempt, ChannelRecord, ChannelView, PendingFact, PresenceSummary, Session, Slot, Want } from "./channel-record.ts";
export { recordSchemaVersion } from "./channel-record.ts";
export type { Durations } from "./durations.ts";
export { fastDurations, realDurations } from "./durations.ts";
export type { Rule } from "./rule.ts";
