import type { Attempt, ChannelView, Decision } from "@autorec/domain";

/**
 * The attempts that the compacted topic must hear of: all that changed, once they have a resource. One that is closed without
 * any may have been journalled for a decision that Redis refused: a rebuild must not start it.
 */
export function changedAttempts(view: ChannelView, decision: Decision): readonly Attempt[] {
  return Object.values(decision.record.attempts).filter(
    (attempt) =>
      (attempt.resourceId !== undefined || attempt.st === "CLOSED") && attempt !== view.record.attempts[attempt.n],
  );
}
