import type { HistoryLine, RequestLine } from "../history/history-line.ts";
import type { HistoryCounts, Violation } from "./judgement.ts";

/** What I7 says about the account. */
export interface QuotaFindings {
  readonly counts: Pick<HistoryCounts, "requests429" | "requests406">;
  readonly violations: readonly Violation[];
}

/** I7: every call that Agora refused because the account had used up its quota; what a fault injected is not counted. */
export function judgeQuota(
  lines: readonly HistoryLine[],
  faultOf: (request: RequestLine) => string | undefined,
): QuotaFindings {
  const meant = lines.filter((line) => line.kind === "request").filter((request) => faultOf(request) === undefined);
  const throttled = meant.filter((request) => request.status === 429);
  const overWorkers = meant.filter((request) => request.code === 406);
  const violations = [...throttled, ...overWorkers].map(
    ({ atMs, call, channelName = "", status = 0, code = 0 }): Violation => ({
      invariant: "I7",
      channelName,
      atMs,
      message: `${call} was refused with ${status}/${code}: the quota was exceeded`,
    }),
  );
  return { counts: { requests429: throttled.length, requests406: overWorkers.length }, violations };
}
