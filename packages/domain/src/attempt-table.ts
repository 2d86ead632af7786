import type { AcquireAnswer, AttemptState, QueryAnswer, StartAnswer, StopAnswer } from "@autorec/events";
import { keep } from "./attempt-step.ts";
import type { Cell } from "./attempt-step.ts";
import * as query from "./query-cells.ts";
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
  "acquire.ok": { ...never, CLAIMED: start.acquireOk },
  "acquire.again": { ...never, CLAIMED: start.acquireAgain },
  "acquire.wait": { ...never, CLAIMED: start.acquireWait },
  "acquire.never": { ...never, CLAIMED: start.acquireNever },

  "start.ok": {
    ...never,
    READY: start.startOkToLive,
    GHOST: start.startOkToLive,
    DOUBT: start.revivedToLive,
    STOPPING: start.storeSid,
    CLOSED: start.revivedToLive,
  },
  "start.started": { ...never, READY: start.startStarted, DOUBT: start.doubtIsGhost },
  "start.conflict": { ...never, READY: start.startConflict },
  "start.again": { ...never, READY: start.startAgain },
  "start.wait": { ...never, READY: start.startWait },
  "start.newResource": { ...never, READY: start.startNewResource },
  "start.never": { ...never, READY: start.startNever },

  "query.alive": {
    ...never,
    LIVE: query.aliveToConf,
    CONF: query.aliveToConf,
    GHOST: query.adoptConf,
    DOUBT: query.adoptConf,
    STOPPING: stop.stopAgainNow,
    CLOSED: stop.closedIsAlive,
  },
  "query.starting": {
    ...never,
    LIVE: query.startingLive,
    CONF: query.aliveToConf,
    GHOST: query.adoptLive,
    DOUBT: query.adoptLive,
    STOPPING: stop.stopAgainNow,
  },
  "query.ending": {
    ...never,
    LIVE: query.endingToStopping,
    CONF: query.endingToStopping,
    GHOST: query.adoptStopping,
    DOUBT: query.adoptStopping,
    STOPPING: stop.stopAccepted,
  },
  "query.abnormal": {
    ...never,
    LIVE: query.abnormalToStopping,
    CONF: query.abnormalToStopping,
    GHOST: query.adoptStopping,
    DOUBT: query.adoptStopping,
    STOPPING: stop.stopAgainNow,
  },
  "query.notFound": {
    ...never,
    LIVE: query.suspect,
    CONF: query.suspect,
    GHOST: query.adoptAgain,
    DOUBT: query.adoptAgain,
    STOPPING: stop.goneAfterStop,
  },
  "query.unknown": {
    ...never,
    LIVE: query.queryUnknown,
    CONF: query.queryUnknown,
    GHOST: query.adoptAgain,
    DOUBT: query.adoptAgain,
    STOPPING: stop.stopUnknown,
  },
  "query.controlLost": {
    ...never,
    LIVE: stop.controlLost,
    CONF: stop.controlLost,
    GHOST: query.rejectCandidate,
    DOUBT: query.rejectCandidate,
    STOPPING: stop.controlLost,
  },

  "stop.done": {
    ...never,
    LIVE: stop.stopAcceptedElsewhere,
    CONF: stop.stopAcceptedElsewhere,
    STOPPING: stop.stopAccepted,
  },
  "stop.exiting": {
    ...never,
    LIVE: stop.stopAcceptedElsewhere,
    CONF: stop.stopAcceptedElsewhere,
    STOPPING: stop.stopAccepted,
  },
  "stop.notFound": { ...never, STOPPING: stop.countedOut },
  "stop.unknown": { ...never, STOPPING: stop.stopUnknown },
  "stop.controlLost": { ...never, LIVE: stop.controlLost, CONF: stop.controlLost, STOPPING: stop.controlLost },

  "fact.sid": {
    ...never,
    READY: start.startOkToLive,
    LIVE: query.sameSid,
    CONF: query.sameSid,
    GHOST: start.startOkToLive,
    DOUBT: start.revivedToLive,
    STOPPING: start.storeSid,
    CLOSED: start.revivedToLive,
  },
  "fact.stopAccepted": {
    ...never,
    READY: stop.stopAcceptedElsewhere,
    LIVE: stop.stopAcceptedElsewhere,
    CONF: stop.stopAcceptedElsewhere,
    GHOST: stop.stopAcceptedElsewhere,
    DOUBT: stop.stopAcceptedElsewhere,
    STOPPING: stop.stopAccepted,
  },
  "fact.newUid": {
    ...never,
    CLAIMED: stop.addUid,
    READY: stop.addUid,
    LIVE: stop.addUidAndLook,
    CONF: stop.addUidAndLook,
    GHOST: stop.addUid,
    DOUBT: stop.addUid,
    STOPPING: stop.addUid,
    CLOSED: stop.addUid,
  },
  "fact.candidateSid": { ...never, GHOST: query.rememberCandidate, DOUBT: query.rememberCandidate },
  "hint.ownUidJoined": { ...never, DOUBT: start.doubtIsGhost },
  "rule.unknown": { ...never, CLAIMED: start.ruleGoneBeforeAcquire, READY: start.ruleGoneBeforeStart },
  "journal.refused": { ...never, READY: start.retryNextTick, DOUBT: start.doubtUnsent },
  postponed: {
    ...never,
    CLAIMED: start.postpone,
    READY: start.postponeStart,
    LIVE: query.postponeLook,
    CONF: query.postponeLook,
    GHOST: start.postpone,
    DOUBT: start.doubtUnsent,
    STOPPING: start.postpone,
  },
};
