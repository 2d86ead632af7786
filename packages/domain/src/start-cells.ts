import { closed, doubted, ghost, live, unproven } from "./attempt-moves.ts";
import type { Cell, Effect } from "./attempt-step.ts";
import { step, unforeseen } from "./attempt-step.ts";
import { acquireWaitsMs, startWaitsMs, stepMs } from "./waits.ts";

export const acquireOk: Cell = (attempt, told, context) => {
  if (told.resourceId === undefined) return acquireAgain(attempt, told, context);
  if (!context.wantOn) return step(closed(attempt, context.nowMs, "not_wanted"));
  if (context.uidClash) return step(closed(attempt, context.nowMs, "uid_clash"));
  const { durations } = context;
  return step({
    ...attempt,
    st: "READY",
    resourceId: told.resourceId,
    acquireSentAtMs: told.sentAtMs,
    acquireAnsweredAtMs: told.answeredAtMs,
    resourceDeadAtMs: told.answeredAtMs + durations.resourceLifeMs + durations.lateStartMs,
    retryStep: { ...attempt.retryStep, wait: 0 },
    dueAtMs: context.nowMs,
  });
};

export const acquireAgain: Cell = (attempt, told, context) => {
  const tries = attempt.retryStep.acquire;
  if (told.triesMax !== undefined && tries >= told.triesMax) return acquireNever(attempt, told, context);
  const waitMs = stepMs(acquireWaitsMs(told.schedule ?? "others", context.durations), tries);
  const next = { ...attempt, retryStep: { ...attempt.retryStep, acquire: tries + 1 }, dueAtMs: context.nowMs + waitMs };
  // A service that never answers acquire may not be enabled for the App ID at all.
  const effects: readonly Effect[] =
    tries + 1 === 5 ? [{ kind: "alarm", alarm: "service_not_enabled_maybe" }] : unforeseen(told);
  return step(next, ...effects);
};

/** Refused by a limit: counted apart, so that an outage before it does not use up its tries. */
export const acquireWait: Cell = (attempt, told, context) => {
  const tries = attempt.retryStep.wait;
  if (told.triesMax !== undefined && tries >= told.triesMax) return acquireNever(attempt, told, context);
  const waitMs = stepMs(acquireWaitsMs(told.schedule ?? "throttled", context.durations), tries);
  const retryStep = { ...attempt.retryStep, wait: tries + 1 };
  return step({ ...attempt, retryStep, dueAtMs: context.nowMs + waitMs }, ...unforeseen(told));
};

export const acquireNever: Cell = (attempt, told, context) =>
  step(closed(attempt, context.nowMs, "acquire_refused"), { kind: "block", cause: told.detail });

export const startOkToLive: Cell = (attempt, told, context) =>
  told.sid === undefined ? startStarted(attempt, told, context) : step(live(attempt, told, context));

/** A start that was given up has worked after all: surplus, looked at now. */
export const revivedToLive: Cell = (attempt, told, context) => {
  if (told.sid === undefined && attempt.sid === undefined) return step(attempt);
  return step({ ...live(unproven(attempt), told, context), dueAtMs: context.nowMs });
};

export const storeSid: Cell = (attempt, told) =>
  step(told.sid === undefined || attempt.sid !== undefined ? attempt : { ...attempt, sid: told.sid });

export const startStarted: Cell = (attempt, _told, context) => {
  const adoptUntilMs = context.nowMs + context.durations.adoptWindowMs;
  return step({ ...ghost(attempt, context, { cause: "started_without_sid", adoptUntilMs }), journaled: true });
};

export const doubtIsGhost: Cell = (attempt, _told, context) =>
  step(ghost(attempt, context, { cause: "started_without_sid" }));

export const startConflict: Cell = (attempt, _told, context) =>
  step({ ...ghost(attempt, context, { cause: "uid_already_recording" }), journaled: true });

export const startAgain: Cell = (attempt, told, context) => {
  const waits = startWaitsMs(told.schedule ?? "others", context.durations);
  const tries = attempt.retryStep.start;
  const waitMs = waits[tries];
  const next = {
    ...attempt,
    journaled: true,
    ambiguous: attempt.ambiguous || told.ambiguous !== false,
    retryStep: { ...attempt.retryStep, start: tries + 1 },
  };
  if (waitMs === undefined) return step(doubted(next, context.nowMs, "start_retries_spent"), ...unforeseen(told));
  return step({ ...next, dueAtMs: context.nowMs + waitMs }, ...unforeseen(told));
};

/** Refused before it was executed: waits without counting as a try, until the resource is too old. */
export const startWait: Cell = (attempt, told, context) => {
  const tries = attempt.retryStep.wait;
  if (told.triesMax !== undefined && tries >= told.triesMax) return startNever(attempt, told, context);
  const waitMs = stepMs(startWaitsMs(told.schedule ?? "throttled", context.durations), tries);
  const retryStep = { ...attempt.retryStep, wait: tries + 1 };
  return step({ ...attempt, journaled: true, retryStep, dueAtMs: context.nowMs + waitMs }, ...unforeseen(told));
};

export const startNewResource: Cell = (attempt, _told, context) =>
  step(doubted(attempt, context.nowMs, "resource_refused"));

/** Only the refusal of the one and only send proves that nothing runs. */
export const startNever: Cell = (attempt, told, context) => {
  const onlySend = attempt.startSends === 1 && told.send === 1;
  const next = onlySend
    ? closed(attempt, context.nowMs, "start_refused")
    : doubted(attempt, context.nowMs, "start_refused");
  return step(next, { kind: "block", cause: told.detail });
};

export const postpone: Cell = (attempt, told, context) =>
  step({ ...attempt, dueAtMs: context.nowMs + (told.retryInMs ?? context.durations.quotaRetryMs) });

export const retryNextTick: Cell = (attempt, _told, context) =>
  step({ ...attempt, dueAtMs: context.nowMs + context.durations.tickMs });

export const ruleGoneBeforeAcquire: Cell = (attempt, _told, context) =>
  step(closed(attempt, context.nowMs, "rule_changed"));

export const ruleGoneBeforeStart: Cell = (attempt, _told, context) =>
  step(doubted(attempt, context.nowMs, "rule_changed"));
