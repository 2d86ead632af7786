import type { CallReason } from "@autorec/events";
import type { AnswerFacts, GatewayText } from "./answer-facts.ts";
import type { AcquireVerdict, Cell, QueryVerdict, StartVerdict, StopVerdict, UpdateVerdict } from "./verdict.ts";
import {
  acquireAgain,
  acquireMaybeNotEnabled,
  acquireWait,
  byStatus,
  conflict,
  controlLost,
  done,
  doneIfSynchronous,
  ending,
  exiting,
  newResource,
  never,
  notFound,
  ok,
  refused,
  startAgain,
  startAgainUnsent,
  started,
  startWait,
  unknown,
  withAlarm,
  withReason,
} from "./verdict.ts";

/** One shape of answer; what is not named may be anything. */
export interface Match {
  /** Default: answered. */
  readonly arrived?: AnswerFacts["arrived"];
  /** One status, or the first and the last of a range. */
  readonly http?: number | readonly [number, number];
  readonly codes?: readonly number[];
  readonly gateway?: GatewayText;
  readonly body?: AnswerFacts["body"];
}

/** What one kind of answer means for each call. */
export interface OutcomeRow {
  /** Unique; for people and tests. */
  readonly answer: string;
  /** Fact of agora.md (R), or section of protocol.md (P), that the row stands on. */
  readonly source: string;
  readonly match: readonly Match[];
  readonly reason: CallReason;
  /** The reference does not describe it: its body is kept for the operator. */
  readonly unforeseen?: true;
  readonly acquire: Cell<AcquireVerdict>;
  readonly start: Cell<StartVerdict>;
  readonly query: Cell<QueryVerdict>;
  /** update and updateLayout. */
  readonly update: Cell<UpdateVerdict>;
  readonly stop: Cell<StopVerdict>;
}

/** Of the calls that control a recording. */
const unknownToAll = { query: unknown, update: unknown, stop: unknown } as const;
/** A query or stop that repetition will not cure proves nothing about the recorder, yet a person must look. */
const alarmToAll = { query: withAlarm(unknown), update: withAlarm(unknown), stop: withAlarm(unknown) } as const;
const refusedForGood = {
  acquire: withAlarm(never),
  start: withAlarm(never),
  ...alarmToAll,
  update: withAlarm(refused),
} as const;
const controlGone = { query: controlLost, update: controlLost, stop: controlLost } as const;
const serverFailed = { acquire: acquireAgain("others"), start: startAgain("serverError"), ...unknownToAll } as const;
const connectionFailed = { acquire: acquireAgain("lost"), start: startAgain("lost"), ...unknownToAll } as const;
const alreadyStarted = { acquire: acquireAgain("others"), ...unknownToAll } as const;
const unforeseen = {
  unforeseen: true,
  acquire: withAlarm(acquireAgain("others", 3)),
  start: withAlarm(startAgain("others")),
  ...alarmToAll,
} as const;

/**
 * Every ending of every call, as protocol.md §7 has it. The first row that matches counts; the last one takes what is
 * left, so the table is total.
 */
export const outcomeTable: readonly OutcomeRow[] = [
  // No whole answer.
  {
    answer: "refused, DNS, TLS: nothing was sent",
    source: "P 7",
    match: [{ arrived: "notSent" }],
    reason: "unreachable",
    acquire: acquireAgain("lost"),
    start: startAgainUnsent("lost"),
    ...unknownToAll,
  },
  { answer: "timeout", source: "P 7", match: [{ arrived: "timeout" }], reason: "timeout", ...connectionFailed },
  {
    answer: "connection lost",
    source: "P 7",
    match: [{ arrived: "lost" }],
    reason: "unreachable",
    ...connectionFailed,
  },

  // 2xx.
  {
    answer: "200",
    source: "R 2.2, 3.12, 4.2, 6.1",
    match: [{ http: 200, body: "complete" }],
    reason: "ok",
    acquire: ok,
    start: ok,
    query: byStatus,
    update: ok,
    stop: done,
  },
  {
    answer: "200, status outside the list, or the code of a refusal",
    source: "R 4.2, 7.1",
    match: [{ http: 200, body: "outside" }],
    reason: "server_error",
    ...unforeseen,
  },
  {
    answer: "200, no resourceId, sid, status or JSON",
    source: "P 7",
    match: [{ http: 200 }],
    reason: "server_error",
    unforeseen: true,
    acquire: acquireAgain("others"),
    start: started,
    query: unknown,
    update: withReason(ok, "ok"),
    stop: withReason(done, "ok"),
  },
  {
    answer: "201/7 with sid",
    source: "R 10.7 (A)",
    match: [{ http: 201, codes: [7], body: "complete" }],
    reason: "conflict",
    start: withReason(ok, "ok"),
    ...alreadyStarted,
  },
  {
    answer: "201/7",
    source: "R 7.2, 10.7",
    match: [{ http: 201, codes: [7] }],
    reason: "conflict",
    start: started,
    ...alreadyStarted,
  },
  {
    answer: "206/65",
    source: "R 7.2",
    match: [{ http: 206, codes: [65] }],
    reason: "server_error",
    acquire: acquireAgain("others"),
    start: startAgain("code65"),
    ...unknownToAll,
  },
  {
    answer: "206/435",
    source: "R 6.2",
    match: [{ http: 206, codes: [435] }],
    reason: "server_error",
    acquire: acquireAgain("others"),
    start: startAgain("serverError"),
    query: unknown,
    update: unknown,
    stop: withReason(done, "ok"),
  },
  // The uploads of a synchronous stop took too long; the stop itself was accepted.
  {
    answer: "206/50",
    source: "R 6, 7.3",
    match: [{ http: 206, codes: [50] }],
    reason: "server_error",
    acquire: acquireAgain("others"),
    start: startAgain("serverError"),
    query: unknown,
    update: unknown,
    stop: withReason(done, "ok"),
  },
  // 500/501 is something else: acquire's "no worker manager".
  {
    answer: "501 that is no server error",
    source: "R 4.4, 7.3",
    match: [
      { http: 206, codes: [501] },
      { http: 400, codes: [501] },
      { http: 404, codes: [501] },
    ],
    reason: "conflict",
    acquire: acquireAgain("others"),
    start: startAgain("serverError"),
    query: withReason(ending, "ok"),
    update: unknown,
    stop: withReason(exiting, "ok"),
  },
  {
    answer: "52",
    source: "R 7.3",
    match: [
      { http: 206, codes: [52] },
      { http: 400, codes: [52] },
      { http: [500, 599], codes: [52] },
    ],
    reason: "server_error",
    acquire: acquireAgain("others"),
    start: newResource,
    ...unknownToAll,
  },
  {
    answer: "206, other code",
    source: "R 6",
    match: [{ http: 206 }],
    reason: "server_error",
    ...serverFailed,
    unforeseen: true,
    stop: doneIfSynchronous,
  },

  // 400.
  {
    answer: "400/2, 8, 1013, 1028",
    source: "R 7.2, 7.3",
    match: [{ http: 400, codes: [2, 8, 1013, 1028] }],
    reason: "refused",
    ...refusedForGood,
  },
  {
    answer: "400/432, 1003",
    source: "R 7.3",
    match: [{ http: 400, codes: [432, 1003] }],
    reason: "refused",
    acquire: withAlarm(never),
    start: newResource,
    ...controlGone,
  },
  {
    answer: "400/49",
    source: "R 6.2",
    match: [{ http: 400, codes: [49] }],
    reason: "conflict",
    acquire: acquireAgain("others"),
    start: startAgain("serverError"),
    query: unknown,
    update: unknown,
    stop: withReason(exiting, "ok"),
  },
  {
    answer: "400/53",
    source: "R 7.2, 10.5",
    match: [{ http: 400, codes: [53] }],
    reason: "conflict",
    acquire: acquireAgain("others"),
    start: conflict,
    ...unknownToAll,
  },
  {
    answer: "400/400, 401, 405, appid is invalid",
    source: "R 7.2",
    match: [
      { http: 400, codes: [400, 401, 405] },
      { http: 400, gateway: "appIdInvalid" },
    ],
    reason: "refused",
    ...refusedForGood,
  },
  {
    answer: "400/406",
    source: "R 7.2, 8",
    match: [{ http: 400, codes: [406] }],
    reason: "over_workers",
    acquire: acquireWait("overWorkers"),
    start: startWait("overWorkers"),
    ...unknownToAll,
  },
  {
    answer: "400/433, 1001",
    source: "R 2.1, 7.3",
    match: [{ http: 400, codes: [433, 1001] }],
    reason: "refused",
    acquire: acquireAgain("others"),
    start: newResource,
    ...controlGone,
  },
  // Known as codes of error events; whether a call ever answers so is not confirmed. A new attempt has a new token.
  {
    answer: "400/109",
    source: "R 7.3",
    match: [{ http: 400, codes: [109] }],
    reason: "refused",
    acquire: withAlarm(acquireAgain("others", 3)),
    start: withAlarm(newResource),
    ...alarmToAll,
  },
  {
    answer: "400/110",
    source: "R 7.3",
    match: [{ http: 400, codes: [110] }],
    reason: "refused",
    acquire: withAlarm(never),
    start: withAlarm(never),
    ...alarmToAll,
  },
  // Perhaps Agora's second rate rule, whose body nobody has published.
  {
    answer: "400 without a known code",
    source: "R 8",
    match: [{ http: 400 }],
    reason: "refused",
    unforeseen: true,
    acquire: acquireWait("noCode", 3),
    start: startWait("noCode", 3),
    ...unknownToAll,
  },

  // Other 4xx.
  {
    answer: "401",
    source: "R 1.6, 7.2",
    match: [{ http: 401 }],
    reason: "unauthorized",
    acquire: withAlarm(acquireWait("unauthorized")),
    start: withAlarm(startWait("unauthorized")),
    ...alarmToAll,
  },
  {
    answer: "404/404",
    source: "R 4.4",
    match: [{ http: 404, codes: [404] }],
    reason: "not_found",
    acquire: acquireAgain("others"),
    start: startAgain("serverError"),
    query: notFound,
    update: notFound,
    stop: notFound,
  },
  {
    answer: "404 no Route",
    source: "R 7.2",
    match: [{ http: 404, gateway: "noRoute" }],
    reason: "refused",
    ...refusedForGood,
  },
  {
    answer: "429",
    source: "R 7.2, 8",
    match: [{ http: 429 }],
    reason: "throttled",
    acquire: acquireWait("throttled"),
    start: startWait("throttled"),
    ...unknownToAll,
  },

  // 5xx.
  {
    answer: "500/500, 501, 504",
    source: "R 7.2",
    match: [{ http: 500, codes: [500, 501, 504] }],
    reason: "server_error",
    ...serverFailed,
  },
  {
    answer: "500/502",
    source: "R 7.2",
    match: [{ http: 500, codes: [502] }],
    reason: "server_error",
    acquire: acquireAgain("others"),
    start: newResource,
    ...unknownToAll,
  },
  {
    answer: "500/62, 504/62",
    source: "R 7.2, 7.3",
    match: [
      { http: 500, codes: [62] },
      { http: 504, codes: [62] },
    ],
    reason: "server_error",
    ...serverFailed,
    acquire: acquireMaybeNotEnabled,
  },
  // Seen once, in 2022, on start.
  {
    answer: "500/15",
    source: "R 7.1, 7.3",
    match: [{ http: 500, codes: [15] }],
    reason: "server_error",
    ...serverFailed,
  },
  {
    answer: "other 5xx",
    source: "P 7",
    match: [{ http: [500, 599] }],
    reason: "server_error",
    ...serverFailed,
  },

  // What nobody foresaw.
  { answer: "any other 4xx", source: "P 7", match: [{ http: [400, 499] }], reason: "refused", ...unforeseen },
  { answer: "anything else", source: "P 7", match: [{}], reason: "server_error", ...unforeseen },
];
