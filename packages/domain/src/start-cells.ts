import { closed, doubted, ghost, givenUp, live, unproven } from "./attempt-moves.ts";
import type { Cell, Effect, Told } from "./attempt-step.ts";
import { step, unforeseen } from "./attempt-step.ts";
import type { Attempt, RetrySteps, WaitCause } from "./channel-record.ts";
import { acquireWaitsMs, startWaitsMs, stepMs } from "./waits.ts";

/** The resource is ours, and its start is due, unless nobody wants it any more or a stranger has its uid. */
export const acquireOk: Cell = (attempt, told, context) => {
  if (told.resourceId === undefined) return acquireAgain(attempt, told, context);
  if (!context.wantOn) return step(closed(attempt, context.nowMs, "not_wanted"));
  if (context.uidClash) return step(closed(attempt, context.nowMs, "uid_clash"));
  const { durations } = context;
  return step({
    ...waitingFor(attempt, undefined),
    st: "READY",
    resourceId: told.resourceId,
    ...(told.host === undefined ? {} : { host: told.host }),
    acquireSentAtMs: told.sentAtMs,
    acquireAnsweredAtMs: told.answeredAtMs,
    resourceDeadAtMs: told.answeredAtMs + durations.resourceLifeMs + durations.lateStartMs,
    retryStep: { ...attempt.retryStep, wait: 0, limited: 0 },
    dueAtMs: context.nowMs,
  });
};

/** Asked again by schedule: acquire has no effect in the channel. */
export const acquireAgain: Cell = (attempt, told, context) => {
  if (isSpent(attempt, told)) return acquireNever(attempt, told, context);
  const tries = attempt.retryStep.acquire;
  const waitMs = stepMs(acquireWaitsMs(told.schedule ?? "others", context.durations), tries);
  const retryStep = { ...triedOnce(attempt, told), acquire: tries + 1 };
  const next = { ...waitingFor(attempt, undefined), retryStep, dueAtMs: context.nowMs + waitMs };
  if (told.maybeNotEnabled !== true) return step(next, ...unforeseen(told));
  const maybeNotEnabled = (retryStep.maybeNotEnabled ?? 0) + 1;
  const effects: readonly Effect[] =
    maybeNotEnabled === notEnabledAnswers ? [{ kind: "alarm", alarm: "service_not_enabled_maybe" }] : [];
  return step({ ...next, retryStep: { ...retryStep, maybeNotEnabled } }, ...effects);
};

/** One or two such answers are an outage; so many of them ask for a person. */
const notEnabledAnswers = 5;

/** Refused by a limit: counted apart, so that an outage before it does not use up its tries. */
export const acquireWait: Cell = (attempt, told, context) => {
  if (isSpent(attempt, told)) return acquireNever(attempt, told, context);
  const tries = attempt.retryStep.wait;
  const waitMs = stepMs(acquireWaitsMs(told.schedule ?? "throttled", context.durations), tries);
  const retryStep = { ...triedOnce(attempt, told), wait: tries + 1 };
  return step(
    { ...waitingFor(attempt, limitOf(told)), retryStep, dueAtMs: context.nowMs + waitMs },
    ...unforeseen(told),
  );
};

/** An answer of a kind that is believed after so many of it, when that many have come. */
function isSpent(attempt: Attempt, told: Told): boolean {
  return told.triesMax !== undefined && (attempt.retryStep.limited ?? 0) >= told.triesMax;
}

/** Only answers with a limit use it up: neither an outage nor a full account proves that a request is wrong. */
function triedOnce({ retryStep }: Attempt, told: Told): RetrySteps {
  return told.triesMax === undefined ? retryStep : { ...retryStep, limited: (retryStep.limited ?? 0) + 1 };
}

/** The request itself is wrong: the slot is blocked, since another attempt would be refused too. */
export const acquireNever: Cell = (attempt, told, context) =>
  step(closed(attempt, context.nowMs, "acquire_refused"), { kind: "block", cause: told.detail });

/** It runs, and its sid is known. */
export const startOkToLive: Cell = (attempt, told, context) =>
  told.sid === undefined ? startStarted(attempt, told, context) : step(live(attempt, told, context));

/** A start that was given up has worked after all: surplus, looked at now. */
export const revivedToLive: Cell = (attempt, told, context) => {
  if (told.sid === undefined && attempt.sid === undefined) return step(attempt);
  return step({ ...live(unproven(attempt), told, context), dueAtMs: context.nowMs });
};

/** As `revivedToLive`, unless it was closed with this very sid: told again, it is no news of a recorder that has ended. */
export const closedHasSid: Cell = (attempt, told, context) =>
  told.sid === attempt.sid ? step(attempt) : revivedToLive(attempt, told, context);

/** A recorder that is being stopped gets the sid by which it can be. */
export const storeSid: Cell = (attempt, told) =>
  step(told.sid === undefined || attempt.sid !== undefined ? attempt : { ...attempt, sid: told.sid });

/** It runs, and nobody knows its sid: it answers for its slot for as long as an event may name one. */
export const startStarted: Cell = (attempt, _told, context) => {
  const adoptUntilMs = context.nowMs + context.durations.adoptWindowMs;
  return step({ ...ghost(attempt, context, { cause: "started_without_sid", adoptUntilMs }), journaled: true });
};

/** What might have started has: a live recorder without a known sid, which answers for no slot. */
export const doubtIsGhost: Cell = (attempt, _told, context) =>
  step(ghost(attempt, context, { cause: "started_without_sid" }));

/** The uid records already on a resource that is not ours: covered at once. */
export const startConflict: Cell = (attempt, _told, context) =>
  step({ ...ghost(attempt, context, { cause: "uid_already_recording" }), journaled: true });

/**
 * Sent again on the same resource by schedule; a doubt when the tries are spent, since any of them may have worked. A try
 * of which no byte left has not: a host that nobody reaches leaves nothing to doubt.
 */
export const startAgain: Cell = (attempt, told, context) => {
  const waits = startWaitsMs(told.schedule ?? "others", context.durations);
  const tries = attempt.retryStep.start;
  const waitMs = waits[tries];
  const mayRun = told.ambiguous !== false;
  const next = {
    ...waitingFor(mayRun ? attempt : unsent(attempt, told), undefined),
    ...(mayRun ? { bornAtMs: attempt.bornAtMs ?? told.sentAtMs } : {}),
    journaled: true,
    ambiguous: attempt.ambiguous || mayRun,
    retryStep: { ...attempt.retryStep, start: tries + 1 },
  };
  if (waitMs === undefined) return step(givenUp(next, context.nowMs, "start_retries_spent"), ...unforeseen(told));
  return step({ ...next, dueAtMs: context.nowMs + waitMs }, ...unforeseen(told));
};

/** Refused before it was executed: waits without counting as a try, until the resource is too old. */
export const startWait: Cell = (attempt, told, context) => {
  if (isSpent(attempt, told)) return startNever(attempt, told, context);
  const tries = attempt.retryStep.wait;
  const waitMs = stepMs(startWaitsMs(told.schedule ?? "throttled", context.durations), tries);
  const retryStep = { ...triedOnce(attempt, told), wait: tries + 1 };
  return step(
    { ...waitingFor(attempt, limitOf(told)), journaled: true, retryStep, dueAtMs: context.nowMs + waitMs },
    ...unforeseen(told),
  );
};

/** This resource starts nothing any more; what it may have started is accounted for. */
export const startNewResource: Cell = (attempt, _told, context) =>
  step(givenUp(attempt, context.nowMs, "resource_refused"));

/** Only the refusal of the one and only send proves that nothing runs. */
export const startNever: Cell = (attempt, told, context) => {
  const onlySend = attempt.startSends === 1 && told.send === 1;
  const next = onlySend
    ? closed(attempt, context.nowMs, "start_refused")
    : doubted(attempt, context.nowMs, "start_refused");
  return step(next, { kind: "block", cause: told.detail });
};

/** The next try of whatever could not be sent. */
export const postpone: Cell = (attempt, told, context) =>
  step({ ...attempt, dueAtMs: context.nowMs + (told.retryInMs ?? context.durations.quotaRetryMs) });

/** As `postpone`, with the reason that people see. */
export const postponeAcquire: Cell = (attempt, told, context) =>
  postpone(waitingFor(attempt, told.waitCause), told, context);

/** Put off before it left: the next try of the start, with the announcement taken back. */
export const postponeStart: Cell = (attempt, told, context) => postponeAcquire(unsent(attempt, told), told, context);

/** The reason for which the attempt waits now; without one, it does not. */
function waitingFor(attempt: Attempt, cause: WaitCause | undefined): Attempt {
  const { waitingFor: _, ...rest } = attempt;
  return cause === undefined ? rest : { ...rest, waitingFor: cause };
}

/** Agora's own refusals by a limit mean the same as ours. */
function limitOf(told: Told): WaitCause | undefined {
  if (told.schedule === "overWorkers") return "quota_workers";
  return told.schedule === "throttled" ? "quota_requests" : undefined;
}

/** As `postponeStart`: without the journal no start may leave. */
export const retryNextTick: Cell = (attempt, told, context) =>
  step({ ...unsent(attempt, told), dueAtMs: context.nowMs + context.durations.tickMs });

/** A start that was given up while it waited, and did not leave: if no other send is left, there is nothing to doubt. */
export const doubtUnsent: Cell = (attempt, told, context) => {
  if (told.send === undefined) return postpone(attempt, told, context);
  const next = unsent(attempt, told);
  return step(next.startSends === 0 ? closed(next, context.nowMs, "never_sent") : next);
};

/**
 * Without the announcement of a send that certainly did not leave. `startSends` stays an upper bound of what Agora may have
 * seen: only who holds the lease is told so, and only about the last announcement, which is then its own.
 */
function unsent(attempt: Attempt, told: Told): Attempt {
  return told.send === attempt.startSends ? { ...attempt, startSends: attempt.startSends - 1 } : attempt;
}

/** The request can no longer be built, and nothing was asked for yet. */
export const ruleGoneBeforeAcquire: Cell = (attempt, _told, context) =>
  step(closed(attempt, context.nowMs, "rule_changed"));

/** The request can no longer be built the same, so it must not be sent again. */
export const ruleGoneBeforeStart: Cell = (attempt, _told, context) =>
  step(givenUp(attempt, context.nowMs, "rule_changed"));
