import { live, stopping } from "./attempt-moves.ts";
import type { Cell, Effect, StepContext, Told } from "./attempt-step.ts";
import { step, unforeseen } from "./attempt-step.ts";
import type { Attempt } from "./channel-record.ts";
import { count404, isGone, uncounted } from "./count-404.ts";
import { endedAlone, idleSpan } from "./mark-presence.ts";
import { postpone } from "./start-cells.ts";
import { jitteredPollMs, stepMs } from "./waits.ts";

/** It records: confirmed, no 404 counts any more, and the next look is a poll or one around its idle end. */
export const aliveToConf: Cell = (attempt, told, context) => {
  const { first404AtMs: _, cause: __, exitSaidAtMs: ___, idleSaidAtMs: ____, endedIdle: _____, ...rest } = attempt;
  const confAtMs = attempt.confAtMs ?? context.nowMs;
  const next: Attempt = {
    ...rest,
    st: "CONF",
    confAtMs,
    lastAliveAtMs: told.sentAtMs,
    lastQuerySentAtMs: told.sentAtMs,
    everStatus5: attempt.everStatus5 || told.status === 5,
    n404: 0,
    tries: 0,
    retryStep: { ...attempt.retryStep, query: 0 },
    dueAtMs: nextPollAtMs({ ...attempt, confAtMs }, told, context),
  };
  return step(next, ...cameBack(attempt, told), ...notAlone(attempt, told, context));
};

/** When a recorder that is alive is looked at next: polls, and the looks around its idle end. One that finds no place comes later. */
function nextPollAtMs(attempt: Attempt, { sentAtMs }: Told, { durations, nowMs }: StepContext): number {
  const pollAtMs = nowMs + jitteredPollMs(attempt.uid, nowMs, durations);
  const { lookBeforeMs = 0, lookAfterMs = 0 } = idleSpan(attempt, durations) ?? {};
  // What was due while this answer was under way is due now.
  const looksAtMs = [lookBeforeMs, lookAfterMs].filter((atMs) => atMs > sentAtMs);
  return Math.max(nowMs, Math.min(pollAtMs, ...looksAtMs));
}

/** It runs and is not confirmed yet: the next confirm step, and a stop when the limit is over. */
export const startingLive: Cell = (attempt, told, context) => {
  const { confirmLimitMs, confirmStepsMs } = context.durations;
  const { first404AtMs: _, ...rest } = attempt;
  const looked = { ...rest, n404: 0, lastQuerySentAtMs: told.sentAtMs, tries: attempt.tries + 1 };
  const sinceMs = Math.max(attempt.liveAtMs ?? context.nowMs, attempt.rebuiltAtMs ?? 0);
  if (context.nowMs - sinceMs > confirmLimitMs) {
    return step(stopping(looked, context.nowMs, "never_confirmed"));
  }
  return step(
    { ...looked, dueAtMs: context.nowMs + stepMs(confirmStepsMs, attempt.tries) },
    ...cameBack(attempt, told),
  );
};

/** It ends by itself: stopped until that is certain. */
export const endingToStopping: Cell = (attempt, _told, context) => {
  const end = endedAlone(attempt, context.nowMs, context.durations);
  return step(stopping(end.attempt, context.nowMs, "recorder_ending"), ...end.effects);
};

/** It says that it has failed: stopped until it is certainly gone. */
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
  const isExit = attempt.exitSaidAtMs !== undefined && told.sentAtMs >= attempt.exitSaidAtMs;
  if (!covers && !isExit) return step(next);
  const end = endedAlone(next, next.first404AtMs ?? told.answeredAtMs, context.durations);
  // P2: Agora said that it left, and it is not there.
  if (isExit) return step(stopping(end.attempt, context.nowMs, "exit_announced"), ...end.effects);
  return step(end.attempt, { kind: "cover" }, ...end.effects);
};

/** Agora said that it has left (event 11): asked now, since the same is said of a migration. */
export const exitSaid: Cell = (attempt, _told, context) =>
  step({ ...attempt, exitSaidAtMs: context.nowMs, dueAtMs: Math.min(attempt.dueAtMs, context.nowMs) });

/** Agora said that it has left because nobody was there (event 41, bit 4); no migration looks like that, yet it is asked. */
export const idleSaid: Cell = (attempt, told, context) =>
  step({ ...exitSaid(attempt, told, context).attempt, idleSaidAtMs: context.nowMs });

/** Neither alive nor gone: asked again, more and more slowly. */
export const queryUnknown: Cell = (attempt, told, context) => {
  const tries = attempt.retryStep.query;
  const waitMs = stepMs(context.durations.unknownRetryQueryMs, tries);
  const retryStep = { ...attempt.retryStep, query: tries + 1 };
  const next = { ...attempt, retryStep, lastQuerySentAtMs: told.sentAtMs, dueAtMs: context.nowMs + waitMs };
  return step(next, ...unforeseen(told));
};

/** A ghost or doubt whose candidate sid answered: it is ours. */
export const adoptConf: Cell = (attempt, told, context) =>
  attempt.candidateSid === undefined
    ? step(attempt)
    : aliveToConf(live(attempt, { ...told, sid: attempt.candidateSid }, context), told, context);

/** As `adoptConf`, for a recorder that is still starting. */
export const adoptLive: Cell = (attempt, told, context) =>
  attempt.candidateSid === undefined
    ? step(attempt)
    : step(live(attempt, { ...told, sid: attempt.candidateSid }, context));

/** As `adoptConf`, for a recorder that is about to end. */
export const adoptStopping: Cell = (attempt, told, context) =>
  attempt.candidateSid === undefined
    ? step(attempt)
    : step(stopping(live(attempt, { ...told, sid: attempt.candidateSid }, context), context.nowMs, "recorder_ending"));

/** The candidate may just move: asked again and, as the sid is all that can stop it, dropped only when it is proven gone. */
export const adoptAgain: Cell = (attempt, told, context) => {
  const counted = count404(attempt, told, context);
  return isGone(counted) ? rejectCandidate(counted, told, context) : adoptUnknown(counted, told, context);
};

/** Nothing was said about the candidate, which may be ours for as long as nobody denies it: a sid is never given up for that. */
export const adoptUnknown: Cell = (attempt, _told, context) => {
  const againAtMs = context.nowMs + stepMs(context.durations.recheck404Ms, attempt.tries);
  const windowEndsAtMs = attempt.adoptUntilMs ?? 0;
  const dueAtMs = windowEndsAtMs > context.nowMs ? Math.min(againAtMs, windowEndsAtMs) : againAtMs;
  return step({ ...attempt, tries: attempt.tries + 1, dueAtMs });
};

/** That sid is not ours, or can no longer be: back to waiting for another. */
export const rejectCandidate: Cell = (attempt, _told, context) => {
  const { candidateSid: _, ...rest } = uncounted(attempt);
  return step({ ...rest, dueAtMs: attempt.adoptUntilMs ?? context.nowMs + context.durations.openLookMs });
};

/** An event has named a sid: believed only after a query about it was answered; what was counted of another says nothing. */
export const rememberCandidate: Cell = (attempt, told, context) => {
  if (told.sid === undefined) return step(attempt);
  const before = told.sid === attempt.candidateSid ? attempt : uncounted(attempt);
  return step({ ...before, candidateSid: told.sid, tries: 0, dueAtMs: context.nowMs });
};

/** The due time keeps the look alive; a look that stayed open would ask again at once for as long as there is no room. */
export const postponeLook: Cell = (attempt, told, context) => {
  const { attempt: next } = postpone(attempt, told, context);
  return step({ ...next, lastQuerySentAtMs: Math.max(attempt.lastQuerySentAtMs ?? 0, context.nowMs) });
};

/** A sid that is known changes nothing; another one for the same attempt is a case for people. */
export const sameSid: Cell = (attempt, told) =>
  told.sid === undefined || told.sid === attempt.sid
    ? step(attempt)
    : step(attempt, { kind: "alarm", alarm: "other_sid" });

/** Files that do not arrive are a case for people; the recorder goes on, since Agora may keep them in its backup. */
export const noteStorageError: Cell = (attempt, told) => {
  const noted = { ...attempt, storageErrorAtMs: told.answeredAtMs };
  return attempt.storageErrorAtMs === undefined ? step(noted, { kind: "storageError" }) : step(noted);
};

function cameBack(before: Attempt, told: Told): readonly Effect[] {
  return before.n404 > 0 ? [{ kind: "cameBack" }, outOfSight(before, told)] : [];
}

/** Between its last answer and this one it may have come back with a uid of which nobody was told. */
export function outOfSight(before: Attempt, told: Told): Effect {
  const fromMs = before.lastAliveAtMs ?? before.liveAtMs ?? before.claimedAtMs;
  return { kind: "outOfSight", fromMs, toMs: told.answeredAtMs };
}

/** Told once, by the first answer after the time in which a recorder that nobody joins has left. */
export function notAlone(before: Attempt, told: Told, context: StepContext): readonly Effect[] {
  const span = idleSpan(before, context.durations);
  if (span === undefined) return [];
  return told.sentAtMs > span.untilMs && (before.lastAliveAtMs ?? 0) <= span.untilMs ? [{ kind: "notAlone" }] : [];
}
