export { judgeHistory, type JudgeOptions } from "./judge-history.ts";
export { readHistory } from "./read-history.ts";
export { formatSummary, summarize, type Summary } from "./summary.ts";
export type { ClientDurations } from "./client-durations.ts";
export type {
  Gap,
  GapCause,
  HistoryCounts,
  Judgement,
  LongestGap,
  Overlap,
  OverlapException,
  Violation,
} from "./judgement.ts";
export type { HistoryLine } from "../history/history-line.ts";
export { parseHistoryLine } from "../history/parse-history-line.ts";
