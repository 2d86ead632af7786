import type { CallReason } from "@autorec/events";
import type { AnswerFacts, GatewayText } from "./answer-facts.ts";
import type { AcquireVerdict, Cell, QueryVerdict, StartVerdict, StopVerdict } from "./verdict.ts";
import {
  acquireAgain,
  acquireWait,
  byStatus,
  conflict,
  controlLost,
  done,
  exiting,
  newResource,
  never,
  notFound,
  ok,
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
  readonly acquire: Cell<AcquireVerdict>;
  readonly start: Cell<StartVerdict>;
  readonly query: Cell<QueryVerdict>;
  readonly stop: Cell<StopVerdict>;
}

const unknownToBoth = { query: unknown, stop: unknown } as const;
/** A query or stop that repetition will not cure proves nothing about the recorder, yet a person must look. */
const alarmToBoth = { query: withAlarm(unknown), stop: withAlarm(unknown) } as const;
const refusedForGood = { acquire: withAlarm(never), start: withAlarm(never), ...alarmToBoth } as const;
const serverFailed = { acquire: acquireAgain("others"), start: startAgain("serverError"), ...unknownToBoth } as const;
const connectionFailed = { acquire: acquireAgain("lost"), start: startAgain("lost"), ...unknownToBoth } as const;
const alreadyStarted = { acquire: acquireAgain("others"), ...unknownToBoth } as const;
const unforeseen = {
  acquire: withAlarm(acquireAgain("others", 3)),
  start: withAlarm(startAgain("others")),
  ...alarmToBoth,
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
    ...unknownToBoth,
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
    stop: done,
  },
  {
    answer: "200, status outside the list",
    source: "R 4.2",
    match: [{ http: 200, body: "outside" }],
    reason: "server_error",
    ...unforeseen,
  },
  {
    answer: "200, no resourceId, sid, status or JSON",
    source: "P 7",
    match: [{ http: 200 }],
    reason: "server_error",
    acquire: acquireAgain("others"),
    start: started,
    query: unknown,
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
    ...unknownToBoth,
  },
  {
    answer: "206/435",
    source: "R 6.2",
    match: [{ http: 206, codes: [435] }],
    reason: "server_error",
    acquire: acquireAgain("others"),
    start: startAgain("serverError"),
    query: unknown,
    stop: withReason(done, "ok"),
  },
  // A synchronous stop would be done here; ours are always asynchronous.
  { answer: "206, other code", source: "R 6", match: [{ http: 206 }], reason: "server_error", ...serverFailed },

  // 400.
  {
    answer: "400/2, 8, 1013",
    source: "R 7.2, 7.3",
    match: [{ http: 400, codes: [2, 8, 1013] }],
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
    query: controlLost,
    stop: controlLost,
  },
  {
    answer: "400/49",
    source: "R 6.2",
    match: [{ http: 400, codes: [49] }],
    reason: "conflict",
    acquire: acquireAgain("others"),
    start: startAgain("serverError"),
    query: unknown,
    stop: withReason(exiting, "ok"),
  },
  {
    answer: "400/53",
    source: "R 7.2, 10.5",
    match: [{ http: 400, codes: [53] }],
    reason: "conflict",
    acquire: acquireAgain("others"),
    start: conflict,
    ...unknownToBoth,
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
    ...unknownToBoth,
  },
  {
    answer: "400/433, 1001",
    source: "R 2.1, 7.3",
    match: [{ http: 400, codes: [433, 1001] }],
    reason: "refused",
    acquire: acquireAgain("others"),
    start: newResource,
    query: controlLost,
    stop: controlLost,
  },
  // Perhaps Agora's second rate rule, whose body nobody has published.
  {
    answer: "400 without a known code",
    source: "R 8",
    match: [{ http: 400 }],
    reason: "refused",
    acquire: acquireWait("noCode", 3),
    start: startWait("noCode", 3),
    ...unknownToBoth,
  },

  // Other 4xx.
  {
    answer: "401",
    source: "R 1.6, 7.2",
    match: [{ http: 401 }],
    reason: "unauthorized",
    acquire: withAlarm(acquireWait("unauthorized")),
    start: withAlarm(startWait("unauthorized")),
    ...alarmToBoth,
  },
  {
    answer: "404/404",
    source: "R 4.4",
    match: [{ http: 404, codes: [404] }],
    reason: "not_found",
    acquire: acquireAgain("others"),
    start: startAgain("serverError"),
    query: notFound,
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
    ...unknownToBoth,
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
    ...unknownToBoth,
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
  },
  {
    answer: "500/15, other 5xx",
    source: "R 7.3",
    match: [{ http: [500, 599] }],
    reason: "server_error",
    ...serverFailed,
  },

  // What nobody foresaw.
  { answer: "any other 4xx", source: "P 7", match: [{ http: [400, 499] }], reason: "refused", ...unforeseen },
  { answer: "anything else", source: "P 7", match: [{}], reason: "server_error", ...unforeseen },
];
