import type { AcquireAnswer, AttemptState, QueryAnswer, StartAnswer, StopAnswer } from "@autorec/events";
import { keep } from "./attempt-step.ts";
import type { Cell } from "./attempt-step.ts";
import * as query from "./query-cells.ts";
import { rotateNow } from "./rotation.ts";
import * as start from "./start-cells.ts";
import * as stop from "./stop-cells.ts";

/** Every input that concerns one attempt; the first word is the call or its origin. */
export type Row =
  | `acquire.${AcquireAnswer["outcome"]}`
  | `start.${StartAnswer["outcome"]}`
  | `query.${QueryAnswer["outcome"]}`
  | `stop.${StopAnswer["outcome"]}`
  | "fact.sid"
  | "fact.stopAccepted"
  | "fact.newUid"
  | "fact.candidateSid"
  | "fact.exitSaid"
  | "fact.idleSaid"
  | "fact.rotate"
  | "fact.storageError"
  | "hint.ownUidJoined"
  | "rule.unknown"
  | "journal.refused"
  | "postponed";

/** No-op cells, each named: a state that a row forgets does not compile, nor does one that it names twice. */
function keptIn<State extends AttemptState>(...states: readonly State[]): Readonly<Record<State, Cell>>;
function keptIn(...states: readonly AttemptState[]): Readonly<Partial<Record<AttemptState, Cell>>> {
  return Object.fromEntries(states.map((state) => [state, keep]));
}

/**
 * SPEC.md's table of states × inputs, total by its type: every row names all eight states.
 * "due" is not a row: what an attempt does when it is due stands in `due-calls.ts`.
 */
export const attemptTable: Readonly<Record<Row, Readonly<Record<AttemptState, Cell>>>> = {
  "acquire.ok": {
    CLAIMED: start.acquireOk,
    ...keptIn("READY", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "acquire.again": {
    CLAIMED: start.acquireAgain,
    ...keptIn("READY", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "acquire.wait": {
    CLAIMED: start.acquireWait,
    ...keptIn("READY", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "acquire.never": {
    CLAIMED: start.acquireNever,
    ...keptIn("READY", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },

  "start.ok": {
    READY: start.startOkToLive,
    GHOST: start.startOkToLive,
    DOUBT: start.revivedToLive,
    STOPPING: start.storeSid,
    CLOSED: start.revivedToLive,
    ...keptIn("CLAIMED", "LIVE", "CONF"),
  },
  "start.started": {
    READY: start.startStarted,
    DOUBT: start.doubtIsGhost,
    ...keptIn("CLAIMED", "LIVE", "CONF", "GHOST", "STOPPING", "CLOSED"),
  },
  "start.conflict": {
    READY: start.startConflict,
    ...keptIn("CLAIMED", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "start.again": {
    READY: start.startAgain,
    ...keptIn("CLAIMED", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "start.wait": {
    READY: start.startWait,
    ...keptIn("CLAIMED", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "start.newResource": {
    READY: start.startNewResource,
    ...keptIn("CLAIMED", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "start.never": {
    READY: start.startNever,
    ...keptIn("CLAIMED", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },

  "query.alive": {
    LIVE: query.aliveToConf,
    CONF: query.aliveToConf,
    GHOST: query.adoptConf,
    DOUBT: query.adoptConf,
    STOPPING: stop.stopAtWork,
    CLOSED: stop.closedIsAlive,
    ...keptIn("CLAIMED", "READY"),
  },
  "query.starting": {
    LIVE: query.startingLive,
    CONF: query.aliveToConf,
    GHOST: query.adoptLive,
    DOUBT: query.adoptLive,
    STOPPING: stop.stopAtWork,
    ...keptIn("CLAIMED", "READY", "CLOSED"),
  },
  "query.ending": {
    LIVE: query.endingToStopping,
    CONF: query.endingToStopping,
    GHOST: query.adoptStopping,
    DOUBT: query.adoptStopping,
    STOPPING: stop.stopAccepted,
    ...keptIn("CLAIMED", "READY", "CLOSED"),
  },
  "query.abnormal": {
    LIVE: query.abnormalToStopping,
    CONF: query.abnormalToStopping,
    GHOST: query.adoptStopping,
    DOUBT: query.adoptStopping,
    STOPPING: stop.stopAgainNow,
    ...keptIn("CLAIMED", "READY", "CLOSED"),
  },
  "query.notFound": {
    LIVE: query.suspect,
    CONF: query.suspect,
    GHOST: query.adoptAgain,
    DOUBT: query.adoptAgain,
    STOPPING: stop.goneAfterStop,
    ...keptIn("CLAIMED", "READY", "CLOSED"),
  },
  "query.unknown": {
    LIVE: query.queryUnknown,
    CONF: query.queryUnknown,
    GHOST: query.adoptUnknown,
    DOUBT: query.adoptUnknown,
    STOPPING: stop.stopUnknown,
    ...keptIn("CLAIMED", "READY", "CLOSED"),
  },
  "query.controlLost": {
    LIVE: stop.controlLost,
    CONF: stop.controlLost,
    GHOST: query.rejectCandidate,
    DOUBT: query.rejectCandidate,
    STOPPING: stop.controlLost,
    ...keptIn("CLAIMED", "READY", "CLOSED"),
  },

  "stop.done": {
    LIVE: stop.stopAcceptedElsewhere,
    CONF: stop.stopAcceptedElsewhere,
    STOPPING: stop.ownStopAccepted,
    ...keptIn("CLAIMED", "READY", "GHOST", "DOUBT", "CLOSED"),
  },
  "stop.exiting": {
    LIVE: stop.stopAcceptedElsewhere,
    CONF: stop.stopAcceptedElsewhere,
    STOPPING: stop.stopAccepted,
    ...keptIn("CLAIMED", "READY", "GHOST", "DOUBT", "CLOSED"),
  },
  "stop.notFound": {
    STOPPING: stop.countedOut,
    ...keptIn("CLAIMED", "READY", "LIVE", "CONF", "GHOST", "DOUBT", "CLOSED"),
  },
  "stop.unknown": {
    STOPPING: stop.stopUnknown,
    ...keptIn("CLAIMED", "READY", "LIVE", "CONF", "GHOST", "DOUBT", "CLOSED"),
  },
  "stop.controlLost": {
    LIVE: stop.controlLost,
    CONF: stop.controlLost,
    STOPPING: stop.controlLost,
    ...keptIn("CLAIMED", "READY", "GHOST", "DOUBT", "CLOSED"),
  },

  "fact.sid": {
    READY: start.startOkToLive,
    LIVE: query.sameSid,
    CONF: query.sameSid,
    GHOST: start.startOkToLive,
    DOUBT: start.revivedToLive,
    STOPPING: start.storeSid,
    CLOSED: start.closedHasSid,
    ...keptIn("CLAIMED"),
  },
  "fact.stopAccepted": {
    READY: stop.stopAcceptedElsewhere,
    LIVE: stop.stopAcceptedElsewhere,
    CONF: stop.stopAcceptedElsewhere,
    GHOST: stop.stopAcceptedElsewhere,
    DOUBT: stop.stopAcceptedElsewhere,
    STOPPING: stop.stopAccepted,
    ...keptIn("CLAIMED", "CLOSED"),
  },
  "fact.newUid": {
    CLAIMED: stop.addUid,
    READY: stop.addUid,
    LIVE: stop.addUidAndLook,
    CONF: stop.addUidAndLook,
    GHOST: stop.addUid,
    DOUBT: stop.addUid,
    STOPPING: stop.addUid,
    CLOSED: stop.addUid,
  },
  "fact.candidateSid": {
    GHOST: query.rememberCandidate,
    DOUBT: query.rememberCandidate,
    ...keptIn("CLAIMED", "READY", "LIVE", "CONF", "STOPPING", "CLOSED"),
  },
  "fact.exitSaid": {
    LIVE: query.exitSaid,
    CONF: query.exitSaid,
    ...keptIn("CLAIMED", "READY", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "fact.idleSaid": {
    LIVE: query.idleSaid,
    CONF: query.idleSaid,
    ...keptIn("CLAIMED", "READY", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "fact.rotate": {
    LIVE: rotateNow,
    CONF: rotateNow,
    ...keptIn("CLAIMED", "READY", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },
  "fact.storageError": {
    LIVE: query.noteStorageError,
    CONF: query.noteStorageError,
    STOPPING: query.noteStorageError,
    ...keptIn("CLAIMED", "READY", "GHOST", "DOUBT", "CLOSED"),
  },

  "hint.ownUidJoined": {
    DOUBT: start.doubtIsGhost,
    CLOSED: stop.closedIsThere,
    ...keptIn("CLAIMED", "READY", "LIVE", "CONF", "GHOST", "STOPPING"),
  },

  "rule.unknown": {
    CLAIMED: start.ruleGoneBeforeAcquire,
    READY: start.ruleGoneBeforeStart,
    ...keptIn("LIVE", "CONF", "GHOST", "DOUBT", "STOPPING", "CLOSED"),
  },

  "journal.refused": {
    READY: start.retryNextTick,
    DOUBT: start.doubtUnsent,
    ...keptIn("CLAIMED", "LIVE", "CONF", "GHOST", "STOPPING", "CLOSED"),
  },

  postponed: {
    CLAIMED: start.postponeAcquire,
    READY: start.postponeStart,
    LIVE: query.postponeLook,
    CONF: query.postponeLook,
    GHOST: start.postpone,
    DOUBT: start.doubtUnsent,
    STOPPING: start.postpone,
    ...keptIn("CLOSED"),
  },
};

/** Whether a cell says nothing new in its state. */
export function isNoop(cell: Cell): boolean {
  return cell === keep;
}
