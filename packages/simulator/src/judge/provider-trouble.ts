import type { HistoryLine, RequestLine } from "../history/history-line.ts";
import { stepOf, type ClientDurations } from "./client-durations.ts";

/** A call that Agora (the simulator) did not serve as it should; ms since the epoch. */
export interface Trouble {
  readonly request: RequestLine;
  readonly isUnanswered: boolean;
  /** Until when the client could not know better: its answer, or its time limit. */
  readonly endMs: number;
}

/** Tells troubled requests from good ones; the faults of a history name the requests that they hit. */
export function readTroubles(
  lines: readonly HistoryLine[],
  durations: ClientDurations,
): {
  readonly faultOf: (request: RequestLine) => string | undefined;
  readonly troubleOf: (request: RequestLine) => Trouble | undefined;
} {
  const faultByRequest = new Map<string, string>();
  for (const line of lines) {
    if (line.kind === "fault" && line.requestId !== undefined) faultByRequest.set(line.requestId, line.fault);
  }
  const faultOf = (request: RequestLine): string | undefined => request.fault ?? faultByRequest.get(request.requestId);
  const troubleOf = (request: RequestLine): Trouble | undefined => {
    const isUnanswered = !request.answered;
    if (!isUnanswered && faultOf(request) === undefined && (request.status ?? 0) < 500) return undefined;
    const limitMs = request.startedAtMs + callLimitMs(request, durations);
    return { request, isUnanswered, endMs: isUnanswered ? Math.max(request.atMs, limitMs) : request.atMs };
  };
  return { faultOf, troubleOf };
}

export function callLimitMs({ call }: RequestLine, durations: ClientDurations): number {
  switch (call) {
    case "acquire":
      return durations.callAcquireMs;
    case "start":
      return durations.callStartMs;
    case "stop":
      return durations.callStopMs;
    case "update":
    case "updateLayout":
      return durations.callUpdateMs;
    case "query":
    case "other":
      return durations.callQueryMs;
  }
}

/** Longest wait of autorec after the `count`-th such answer in a row, ms; 0 for a good answer that was only late. */
export function pendingBackoffMs(request: RequestLine, count: number, durations: ClientDurations): number {
  const { call, status = 0, code, answered } = request;
  if (answered && status >= 200 && status < 300 && status !== 206) return 0;
  if (answered && status === 429) return stepOf(durations.wait429Ms, count - 1);
  if (answered && code === 406) return stepOf(durations.wait406Ms, count - 1);
  if (answered && status === 401) return durations.wait401Ms;
  const isStart = call === "start";
  if ((isStart || call === "acquire") && answered) {
    if (isNever(status, code)) return durations.blockedRetryMs;
    if (status === 400 && code === undefined) return durations.waitNoCodeMs;
  }
  if (isStart) {
    if (!answered) return stepOf(durations.startRetryLostMs, count - 1);
    return stepOf(status === 206 ? durations.startRetry65Ms : durations.startRetryServerErrorMs, count - 1);
  }
  if (call === "acquire") {
    return stepOf(answered ? durations.acquireRetryOthersMs : durations.acquireRetryLostMs, count - 1);
  }
  return stepOf(call === "stop" ? durations.unknownRetryStopMs : durations.unknownRetryQueryMs, count - 1);
}

const neverCodes: ReadonlySet<number> = new Set([2, 8, 400, 401, 405, 1013]);

function isNever(status: number, code: number | undefined): boolean {
  return (status === 400 && code !== undefined && neverCodes.has(code)) || (status === 404 && code !== 404);
}

/** Longest time that any trouble can reach ahead, ms: what lies further back cannot explain anything. */
export function troubleReachMs(durations: ClientDurations): number {
  const lists = [
    durations.startRetry65Ms,
    durations.startRetryServerErrorMs,
    durations.startRetryLostMs,
    durations.unknownRetryQueryMs,
    durations.unknownRetryStopMs,
    durations.acquireRetryLostMs,
    durations.acquireRetryOthersMs,
    durations.wait429Ms,
    durations.wait406Ms,
    [durations.blockedRetryMs, durations.waitNoCodeMs, durations.wait401Ms],
  ];
  const backoffMs = Math.max(...lists.flat());
  const callMs = Math.max(durations.callStartMs, durations.callStopMs, durations.callQueryMs, durations.callAcquireMs);
  return callMs + backoffMs + Math.max(...durations.claimBackoffMs) + durations.workSlackMs + durations.coverAfterMs;
}
