export type {
  Attempt,
  ChannelRecord,
  ChannelView,
  PendingFact,
  PresenceSummary,
  RetrySteps,
  SeenUid,
  WaitCause,
} from "./channel-record.ts";
export type { Session, Slot, Want } from "./channel-record.ts";
export { recordSchemaVersion } from "./channel-record.ts";
export type { Control, ControlMode } from "./control.ts";
export { controlModes } from "./control.ts";
export type { ControlledChannel, ControlOrder, ControlScope, ControlSwitch } from "./control-switch.ts";
export { concerns, controlOf, isInForce, scopeKinds, scopeWord, switchSchemaVersion } from "./control-switch.ts";
export { attemptTable, isNoop } from "./attempt-table.ts";
export type { Row } from "./attempt-table.ts";
export { decide } from "./decide.ts";
export type { Alarm, Call, DecideContext, Decision, Input, PresenceMark } from "./decision.ts";
export type { Durations } from "./durations.ts";
export { fastDurations, realDurations } from "./durations.ts";
export type { RebuildOptions } from "./rebuild-record.ts";
export { rebuildRecord } from "./rebuild-record.ts";
export type { QuotaForecast, QuotaPlan } from "./forecast-quota.ts";
export { forecastQuota, pollSpare, requestWindowMs, spareWorkers, workersPerSpare } from "./forecast-quota.ts";
export type { RecordingMode, Rule } from "./rule.ts";
export type { NextStep, StateWord } from "./state-word.ts";
export { nextStep, stateWord } from "./state-word.ts";
export { resourceStartCutoffMs, stretchedPollMs, tombstoneMs } from "./waits.ts";
export { isTakenOver, workerHoldMs } from "./worker-hold.ts";
