import type { CallReport } from "@autorec/recording-api";
import type { Logger, Metrics } from "@autorec/service-kit";

/**
 * Tells of every finished call. An answer that Agora's reference does not describe is counted by call, since people should
 * hear of it before it becomes common, and logged with its excerpt, since nobody can ask for it again.
 */
export function reportCalls({ log, metrics }: ReportCallsOptions): (call: CallReport) => void {
  return (call) => {
    if (call.unforeseen !== true) {
      log.debug(call, "agora called");
      return;
    }
    metrics.agoraUnforeseenAnswers.inc({ call: call.call });
    log.warn(call, "unforeseen answer of agora kept");
  };
}

/** Where calls are told. */
export interface ReportCallsOptions {
  readonly log: Pick<Logger, "debug" | "warn">;
  readonly metrics: Pick<Metrics, "agoraUnforeseenAnswers">;
}
