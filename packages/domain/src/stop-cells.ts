import { closed, ghost, stopping, unproven } from "./attempt-moves.ts";
import type { Cell } from "./attempt-step.ts";
import { step, unforeseen } from "./attempt-step.ts";
import { count404, isGone } from "./count-404.ts";
import { endedAlone } from "./mark-presence.ts";
import { notAlone, outOfSight, queryUnknown } from "./query-cells.ts";
import { stepMs } from "./waits.ts";

/** Still there although a stop was accepted: the stop is sent again. */
export const stopAgainNow: Cell = (attempt, told, context) => {
  const { stopAckAtMs: _, first404AtMs: __, endedIdle: ___, ...rest } = attempt;
  const cameBack = attempt.n404 > 0 ? [outOfSight(attempt, told)] : [];
  return step({ ...rest, n404: 0, dueAtMs: context.nowMs }, ...cameBack);
};

/** As `stopAgainNow`, of one that is at work, which tells as much as any other about who is there. */
export const stopAtWork: Cell = (attempt, told, context) => {
  const { attempt: next, effects } = stopAgainNow(attempt, told, context);
  return step(next, ...effects, ...notAlone(attempt, told, context));
};

/** Agora's code of a stop that ended a recording without any media. */
const nothingRecorded = 435;

/** The stop was accepted: a query must still find nothing before it is over. */
export const stopAccepted: Cell = (attempt, told, context) => {
  // Nothing was recorded: it met nobody, if it also lived no longer than one that meets nobody.
  const isDry = told.code === nothingRecorded && attempt.endedIdle !== true;
  const end = isDry ? endedAlone(attempt, context.nowMs, context.durations) : { attempt, effects: [] };
  return step(
    {
      ...end.attempt,
      stopAckAtMs: context.nowMs,
      retryStep: { ...attempt.retryStep, stop: 0 },
      dueAtMs: context.nowMs + context.durations.verifyStopMs,
    },
    ...end.effects,
  );
};

/** Our own stop was accepted. Unless it says that nothing was recorded, the recorder was at work: a 404 had only seemed its end. */
export const ownStopAccepted: Cell = (attempt, told, context) => {
  const { endedIdle: _, ...met } = attempt;
  return stopAccepted(told.code === nothingRecorded ? attempt : met, told, context);
};

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

/** Four 404s, each sent a migration apart, prove the end without an accepted stop. */
export const countedOut: Cell = (attempt, told, context) => {
  const counted = count404(attempt, told, context);
  if (isGone(counted)) return step(closed(counted, context.nowMs, attempt.cause ?? "gone"));
  return step({ ...counted, dueAtMs: Math.max(context.nowMs, told.answeredAtMs) + context.durations.spacing404Ms });
};

/** The stop is repeated for as long as its answer is unknown. */
export const stopUnknown: Cell = (attempt, told, context) => {
  const tries = attempt.retryStep.stop;
  const waitMs = stepMs(context.durations.unknownRetryStopMs, tries);
  const retryStep = { ...attempt.retryStep, stop: tries + 1 };
  return step({ ...attempt, retryStep, dueAtMs: context.nowMs + waitMs }, ...unforeseen(told));
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

/** A recorder that was thought to be gone is stopped after all, and a person hears of it. */
export const closedIsAlive: Cell = (attempt, told, context) => {
  const { attempt: seen, effects } = closedIsThere(attempt, told, context);
  return step(stopping(unproven(seen), context.nowMs, "orphan_recorder"), ...effects);
};

/** A person hears once of a recorder that runs although its attempt was closed; what comes later says nothing new. */
export const closedIsThere: Cell = (attempt, _told, context) =>
  attempt.orphanSeenAtMs === undefined
    ? step({ ...attempt, orphanSeenAtMs: context.nowMs }, { kind: "alarm", alarm: "orphan_recorder" })
    : step(attempt);

/** A migrated recorder has a new uid: counted as ours from now on. */
export const addUid: Cell = (attempt, told) =>
  step(
    told.newUid === undefined || attempt.knownUids.includes(told.newUid)
      ? attempt
      : { ...attempt, knownUids: [...attempt.knownUids, told.newUid], newUidAtMs: told.answeredAtMs },
  );

/** As `addUid`, and the recorder is asked now. */
export const addUidAndLook: Cell = (attempt, told, context) => {
  const added = addUid(attempt, told, context);
  return step({ ...added.attempt, dueAtMs: Math.min(attempt.dueAtMs, context.nowMs) });
};
