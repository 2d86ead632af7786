import type { AcquireAnswer, AttemptState, QueryAnswer, StartAnswer, StopAnswer } from "@autorec/events";
import * as cell from "./attempt-cells.ts";
import { keep } from "./attempt-step.ts";
import type { Cell } from "./attempt-step.ts";

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
  | "hint.ownUidJoined"
  | "rule.unknown"
  | "journal.refused"
  | "postponed";

const never: Readonly<Record<AttemptState, Cell>> = {
  CLAIMED: keep,
  READY: keep,
  LIVE: keep,
  CONF: keep,
  GHOST: keep,
  DOUBT: keep,
  STOPPING: keep,
  CLOSED: keep,
};

/**
 * SPEC.md's table of states × inputs, total: a cell not named in a row keeps the attempt as it is.
 * "due" is not a row: what an attempt does when it is due stands in `due-calls.ts`.
 */
export const attemptTable: Readonly<Record<Row, Readonly<Record<AttemptState, Cell>>>> = {
  "acquire.ok": { ...never, CLAIMED: cell.acquireOk },
  "acquire.again": { ...never, CLAIMED: cell.acquireAgain },
  "acquire.wait": { ...never, CLAIMED: cell.acquireWait },
  "acquire.never": { ...never, CLAIMED: cell.acquireNever },

  "start.ok": {
    ...never,
    READY: cell.startOkToLive,
    GHOST: cell.startOkToLive,
    DOUBT: cell.revivedToLive,
    STOPPING: cell.storeSid,
    CLOSED: cell.revivedToLive,
  },
  "start.started": { ...never, READY: cell.startStarted, DOUBT: cell.doubtIsGhost },
  "start.conflict": { ...never, READY: cell.startConflict },
  "start.again": { ...never, READY: cell.startAgain },
  "start.wait": { ...never, READY: cell.startWait },
  "start.newResource": { ...never, READY: cell.startNewResource },
  "start.never": { ...never, READY: cell.startNever },

  "query.alive": {
    ...never,
    LIVE: cell.aliveToConf,
    CONF: cell.aliveToConf,
    GHOST: cell.adoptConf,
    DOUBT: cell.adoptConf,
    STOPPING: cell.stopAgainNow,
    CLOSED: cell.closedIsAlive,
  },
  "query.starting": {
    ...never,
    LIVE: cell.startingLive,
    CONF: cell.aliveToConf,
    GHOST: cell.adoptLive,
    DOUBT: cell.adoptLive,
    STOPPING: cell.stopAgainNow,
  },
  "query.ending": {
    ...never,
    LIVE: cell.endingToStopping,
    CONF: cell.endingToStopping,
    GHOST: cell.adoptStopping,
    DOUBT: cell.adoptStopping,
    STOPPING: cell.stopAccepted,
  },
  "query.abnormal": {
    ...never,
    LIVE: cell.abnormalToStopping,
    CONF: cell.abnormalToStopping,
    GHOST: cell.adoptStopping,
    DOUBT: cell.adoptStopping,
    STOPPING: cell.stopAgainNow,
  },
  "query.notFound": {
    ...never,
    LIVE: cell.suspect,
    CONF: cell.suspect,
    GHOST: cell.adoptAgain,
    DOUBT: cell.adoptAgain,
    STOPPING: cell.goneAfterStop,
  },
  "query.unknown": {
    ...never,
    LIVE: cell.queryUnknown,
    CONF: cell.queryUnknown,
    GHOST: cell.adoptAgain,
    DOUBT: cell.adoptAgain,
    STOPPING: cell.stopUnknown,
  },
  "query.controlLost": {
    ...never,
    LIVE: cell.controlLost,
    CONF: cell.controlLost,
    GHOST: cell.rejectCandidate,
    DOUBT: cell.rejectCandidate,
    STOPPING: cell.controlLost,
  },

  "stop.done": {
    ...never,
    LIVE: cell.stopAcceptedElsewhere,
    CONF: cell.stopAcceptedElsewhere,
    STOPPING: cell.stopAccepted,
  },
  "stop.exiting": {
    ...never,
    LIVE: cell.stopAcceptedElsewhere,
    CONF: cell.stopAcceptedElsewhere,
    STOPPING: cell.stopAccepted,
  },
  "stop.notFound": { ...never, STOPPING: cell.countedOut },
  "stop.unknown": { ...never, STOPPING: cell.stopUnknown },
  "stop.controlLost": { ...never, LIVE: cell.controlLost, CONF: cell.controlLost, STOPPING: cell.controlLost },

  "fact.sid": {
    ...never,
    READY: cell.startOkToLive,
    LIVE: cell.sameSid,
    CONF: cell.sameSid,
    GHOST: cell.startOkToLive,
    DOUBT: cell.revivedToLive,
    STOPPING: cell.storeSid,
    CLOSED: cell.revivedToLive,
  },
  "fact.stopAccepted": {
    ...never,
    READY: cell.stopAcceptedElsewhere,
    LIVE: cell.stopAcceptedElsewhere,
    CONF: cell.stopAcceptedElsewhere,
    GHOST: cell.stopAcceptedElsewhere,
    DOUBT: cell.stopAcceptedElsewhere,
    STOPPING: cell.stopAccepted,
  },
  "fact.newUid": {
    ...never,
    CLAIMED: cell.addUid,
    READY: cell.addUid,
    LIVE: cell.addUidAndLook,
    CONF: cell.addUidAndLook,
    GHOST: cell.addUid,
    DOUBT: cell.addUid,
    STOPPING: cell.addUid,
    CLOSED: cell.addUid,
  },
  "fact.candidateSid": { ...never, GHOST: cell.rememberCandidate, DOUBT: cell.rememberCandidate },
  "hint.ownUidJoined": { ...never, DOUBT: cell.doubtIsGhost },
  "rule.unknown": { ...never, CLAIMED: cell.ruleGoneBeforeAcquire, READY: cell.ruleGoneBeforeStart },
  "journal.refused": { ...never, READY: cell.retryNextTick },
  postponed: {
    ...never,
    CLAIMED: cell.postpone,
    READY: cell.postpone,
    LIVE: cell.postponeLook,
    CONF: cell.postponeLook,
    GHOST: cell.postpone,
    DOUBT: cell.postpone,
    STOPPING: cell.postpone,
  },
};
