import type { StepContext, Told } from "./attempt-step.ts";
import type { Attempt } from "./channel-record.ts";

/** Counts a 404 only if it was sent a whole migration after the one counted before it. */
export function count404(attempt: Attempt, told: Told, context: StepContext): Attempt {
  if (attempt.n404 === 0) {
    return { ...attempt, n404: 1, first404AtMs: told.answeredAtMs, last404AtMs: told.answeredAtMs };
  }
  const spaced = told.sentAtMs - (attempt.last404AtMs ?? told.sentAtMs) >= context.durations.spacing404Ms;
  return spaced ? { ...attempt, n404: attempt.n404 + 1, last404AtMs: told.answeredAtMs } : attempt;
}
