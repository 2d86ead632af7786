import type { Attempt } from "./channel-record.ts";
import type { Cell, Effect, StepContext, Told } from "./attempt-step.ts";
import { step } from "./attempt-step.ts";
import { acquireWaitsMs, jitteredPollMs, startWaitsMs, stepMs } from "./waits.ts";

/** Ends an attempt for good: nothing of it can be in the channel any more, or ever was. */
export function closed(attempt: Attempt, nowMs: number, cause: string): Attempt {
  return { ...attempt, st: "CLOSED", cause, closedAtMs: nowMs, dueAtMs: nowMs };
}

/** A start that may still take effect: accounted for until it can no longer. */
export function doubted(attempt: Attempt, nowMs: number, cause: string): Attempt {
  const { adoptUntilMs: _, ...rest } = attempt;
  return { ...rest, st: "DOUBT", cause, dueAtMs: nowMs };
}

/** Irrevocable: the recorder is stopped until that is certain; what it counted of 404 stays. */
export function stopping(attempt: Attempt, nowMs: number, cause: string): Attempt {
  const { adoptUntilMs: _, candidateSid: __, closedAtMs: ___, ...rest } = attempt;
  return { ...rest, st: "STOPPING", cause, dueAtMs: nowMs, retryStep: { ...attempt.retryStep, stop: 0 } };
}

/** A live recorder whose sid nobody knows; with a window it still answers for its slot until the window ends. */
function ghost(
  attempt: Attempt,
  context: { nowMs: number },
  options: { cause: string; adoptUntilMs?: number },
): Attempt {
  const { adoptUntilMs: _, ...rest } = attempt;
  const base = { ...rest, st: "GHOST" as const, cause: options.cause };
  return options.adoptUntilMs === undefined
    ? { ...base, dueAtMs: context.nowMs }
    : { ...base, adoptUntilMs: options.adoptUntilMs, dueAtMs: options.adoptUntilMs };
}

/** The sid is known: from here on it is confirmed by queries. */
function live(attempt: Attempt, told: Told, context: StepContext): Attempt {
  const { adoptUntilMs: _, candidateSid: __, cause: ___, ...rest } = attempt;
  return {
    ...rest,
    st: "LIVE",
    ...(told.sid === undefined ? {} : { sid: told.sid }),
    liveAtMs: context.nowMs,
    journaled: true,
    tries: 1,
    dueAtMs: context.nowMs + stepMs(context.durations.confirmStepsMs, 0),
  };
}

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

/** Without what once seemed to prove its end: it was about another moment. */
function unproven(attempt: Attempt): Attempt {
  const { closedAtMs: _, stopAckAtMs: __, first404AtMs: ___, last404AtMs: ____, ...rest } = attempt;
  return { ...rest, n404: 0 };
}

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

export const aliveToConf: Cell = (attempt, told, context) => {
  const { first404AtMs: _, cause: __, ...rest } = attempt;
  const next: Attempt = {
    ...rest,
    st: "CONF",
    confAtMs: attempt.confAtMs ?? context.nowMs,
    lastAliveAtMs: told.sentAtMs,
    lastQuerySentAtMs: told.sentAtMs,
    everStatus5: attempt.everStatus5 || told.status === 5,
    n404: 0,
    tries: 0,
    retryStep: { ...attempt.retryStep, query: 0 },
    dueAtMs: context.nowMs + jitteredPollMs(attempt.uid, context.nowMs, context.durations),
  };
  return step(next, ...cameBack(attempt));
};

export const startingLive: Cell = (attempt, told, context) => {
  const { confirmLimitMs, confirmStepsMs } = context.durations;
  const { first404AtMs: _, ...rest } = attempt;
  const looked = { ...rest, n404: 0, lastQuerySentAtMs: told.sentAtMs, tries: attempt.tries + 1 };
  if (context.nowMs - (attempt.liveAtMs ?? context.nowMs) > confirmLimitMs) {
    return step(stopping(looked, context.nowMs, "never_confirmed"));
  }
  return step({ ...looked, dueAtMs: context.nowMs + stepMs(confirmStepsMs, attempt.tries) }, ...cameBack(attempt));
};

export const endingToStopping: Cell = (attempt, _told, context) =>
  step(stopping(attempt, context.nowMs, "recorder_ending"));

export const abnormalToStopping: Cell = (attempt, _told, context) =>
  step(stopping(attempt, context.nowMs, "recorder_exited_abnormally"));

/** A 404 may be a start not yet registered, a migration or an end: it is counted by send time, spaced, never believed once. */
export const suspect: Cell = (attempt, told, context) => {
  const { recheck404Ms } = context.durations;
  const covers = attempt.first404AtMs !== undefined && told.sentAtMs - attempt.first404AtMs >= attempt.coverAfterMs;
  const counted = count404(attempt, told, context);
  const tries = attempt.n404 === 0 ? 0 : attempt.tries;
  const recheckAtMs = context.nowMs + stepMs(recheck404Ms, tries);
  const coverAtMs = (counted.first404AtMs ?? told.answeredAtMs) + attempt.coverAfterMs;
  const dueAtMs = coverAtMs > context.nowMs ? Math.min(recheckAtMs, coverAtMs) : recheckAtMs;
  const next = { ...counted, lastQuerySentAtMs: told.sentAtMs, tries: tries + 1, dueAtMs };
  return covers ? step(next, { kind: "cover" }) : step(next);
};

/** Counts a 404 only if it was sent a whole migration after the one counted before it. */
function count404(attempt: Attempt, told: Told, context: StepContext): Attempt {
  if (attempt.n404 === 0) {
    return { ...attempt, n404: 1, first404AtMs: told.answeredAtMs, last404AtMs: told.answeredAtMs };
  }
  const spaced = told.sentAtMs - (attempt.last404AtMs ?? told.sentAtMs) >= context.durations.spacing404Ms;
  return spaced ? { ...attempt, n404: attempt.n404 + 1, last404AtMs: told.answeredAtMs } : attempt;
}

export const queryUnknown: Cell = (attempt, told, context) => {
  const tries = attempt.retryStep.query;
  const waitMs = stepMs(context.durations.unknownRetryQueryMs, tries);
  const retryStep = { ...attempt.retryStep, query: tries + 1 };
  const next = { ...attempt, retryStep, lastQuerySentAtMs: told.sentAtMs, dueAtMs: context.nowMs + waitMs };
  return step(next, ...unforeseen(told));
};

/** 432, 433, 1001, 1003: believed the third time within the window, then nobody can control this recorder. */
export const controlLost: Cell = (attempt, told, context) => {
  const since = context.nowMs - context.durations.controlLostWindowMs;
  const controlErrorsAtMs = [...attempt.controlErrorsAtMs.filter((atMs) => atMs > since), context.nowMs];
  const counted = { ...attempt, controlErrorsAtMs };
  if (controlErrorsAtMs.length < 3) {
    return attempt.st === "STOPPING" ? stopUnknown(counted, told, context) : queryUnknown(counted, told, context);
  }
  return step(
    { ...ghost(counted, context, { cause: "control_lost" }), controlLost: true },
    { kind: "alarm", alarm: "control_lost" },
  );
};

/** A ghost or doubt whose candidate sid answered: it is ours. */
export const adoptConf: Cell = (attempt, told, context) =>
  attempt.candidateSid === undefined
    ? step(attempt)
    : aliveToConf(live(attempt, { ...told, sid: attempt.candidateSid }, context), told, context);

export const adoptLive: Cell = (attempt, told, context) =>
  attempt.candidateSid === undefined
    ? step(attempt)
    : step(live(attempt, { ...told, sid: attempt.candidateSid }, context));

export const adoptStopping: Cell = (attempt, told, context) =>
  attempt.candidateSid === undefined
    ? step(attempt)
    : step(stopping(live(attempt, { ...told, sid: attempt.candidateSid }, context), context.nowMs, "recorder_ending"));

/** The candidate may not be registered yet: asked again until the resource is dead, then dropped. */
export const adoptAgain: Cell = (attempt, _told, context) => {
  const given = context.nowMs < (attempt.resourceDeadAtMs ?? 0);
  if (!given) return rejectCandidate(attempt, _told, context);
  const againAtMs = context.nowMs + stepMs(context.durations.recheck404Ms, attempt.tries);
  const windowEndsAtMs = attempt.adoptUntilMs ?? 0;
  const dueAtMs = windowEndsAtMs > context.nowMs ? Math.min(againAtMs, windowEndsAtMs) : againAtMs;
  return step({ ...attempt, tries: attempt.tries + 1, dueAtMs });
};

export const rejectCandidate: Cell = (attempt, _told, context) => {
  const { candidateSid: _, ...rest } = attempt;
  return step({ ...rest, dueAtMs: attempt.adoptUntilMs ?? context.nowMs + context.durations.openLookMs });
};

/** Still there although a stop was accepted: the stop is sent again. */
export const stopAgainNow: Cell = (attempt, _told, context) => {
  const { stopAckAtMs: _, first404AtMs: __, ...rest } = attempt;
  return step({ ...rest, n404: 0, dueAtMs: context.nowMs });
};

export const stopAccepted: Cell = (attempt, _told, context) =>
  step({
    ...attempt,
    stopAckAtMs: context.nowMs,
    retryStep: { ...attempt.retryStep, stop: 0 },
    dueAtMs: context.nowMs + context.durations.verifyStopMs,
  });

/** A stop of a recorder that nobody here meant to stop was accepted: it ends, so it is stopped to the end. */
export const stopAcceptedElsewhere: Cell = (attempt, told, context) => {
  const sid = attempt.sid ?? told.sid;
  if (sid === undefined) return step(attempt);
  const base = { ...attempt, sid };
  return stopAccepted(stopping(base, context.nowMs, "stopped_elsewhere"), told, context);
};

/** An accepted stop and a 404 after it prove the end; a 404 alone is only counted. */
export const goneAfterStop: Cell = (attempt, told, context) => {
  if (attempt.stopAckAtMs !== undefined) return step(closed(attempt, context.nowMs, attempt.cause ?? "stopped"));
  // Without an accepted stop the due time belongs to the stop, which an old query must not put off.
  const counted = countedOut(attempt, told, context).attempt;
  return step(counted.st === "CLOSED" ? counted : { ...counted, dueAtMs: attempt.dueAtMs });
};

/** Four 404s, each sent a migration apart: a recorder survives three migrations, never four. */
export const countedOut: Cell = (attempt, told, context) => {
  const counted = count404(attempt, told, context);
  if (counted.n404 > maxMigrations) return step(closed(counted, context.nowMs, attempt.cause ?? "gone"));
  return step({ ...counted, dueAtMs: Math.max(context.nowMs, told.answeredAtMs) + context.durations.spacing404Ms });
};

/** Agora gives a recording up after this many migrations. */
const maxMigrations = 3;

export const stopUnknown: Cell = (attempt, told, context) => {
  const tries = attempt.retryStep.stop;
  const waitMs = stepMs(context.durations.unknownRetryStopMs, tries);
  const retryStep = { ...attempt.retryStep, stop: tries + 1 };
  return step({ ...attempt, retryStep, dueAtMs: context.nowMs + waitMs }, ...unforeseen(told));
};

export const closedIsAlive: Cell = (attempt, _told, context) =>
  step(stopping(unproven(attempt), context.nowMs, "closed_attempt_alive"), {
    kind: "alarm",
    alarm: "closed_attempt_alive",
  });

export const sameSid: Cell = (attempt, told) =>
  told.sid === undefined || told.sid === attempt.sid
    ? step(attempt)
    : step(attempt, { kind: "alarm", alarm: "other_sid" });

export const addUid: Cell = (attempt, told) =>
  step(
    told.newUid === undefined || attempt.knownUids.includes(told.newUid)
      ? attempt
      : { ...attempt, knownUids: [...attempt.knownUids, told.newUid] },
  );

export const addUidAndLook: Cell = (attempt, told, context) => {
  const added = addUid(attempt, told, context);
  return step({ ...added.attempt, dueAtMs: Math.min(attempt.dueAtMs, context.nowMs) });
};

export const rememberCandidate: Cell = (attempt, told, context) =>
  told.sid === undefined
    ? step(attempt)
    : step({ ...attempt, candidateSid: told.sid, tries: 0, dueAtMs: context.nowMs });

export const postpone: Cell = (attempt, told, context) =>
  step({ ...attempt, dueAtMs: context.nowMs + (told.retryInMs ?? context.durations.quotaRetryMs) });

/** The due time keeps the look alive; a look that stayed open would ask again at once for as long as there is no room. */
export const postponeLook: Cell = (attempt, told, context) => {
  const { attempt: next } = postpone(attempt, told, context);
  return step({ ...next, lastQuerySentAtMs: Math.max(attempt.lastQuerySentAtMs ?? 0, context.nowMs) });
};

export const retryNextTick: Cell = (attempt, _told, context) =>
  step({ ...attempt, dueAtMs: context.nowMs + context.durations.tickMs });

export const ruleGoneBeforeAcquire: Cell = (attempt, _told, context) =>
  step(closed(attempt, context.nowMs, "rule_changed"));

export const ruleGoneBeforeStart: Cell = (attempt, _told, context) =>
  step(doubted(attempt, context.nowMs, "rule_changed"));

function cameBack(before: Attempt): readonly Effect[] {
  return before.n404 > 0 ? [{ kind: "cameBack" }] : [];
}

function unforeseen(told: Told): readonly Effect[] {
  return told.alarm ? [{ kind: "alarm", alarm: "unforeseen_answer" }] : [];
}
