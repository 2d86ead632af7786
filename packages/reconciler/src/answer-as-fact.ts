import type { Attempt, Input, PendingFact } from "@autorec/domain";

/**
 * What an answer still proves when its asker no longer holds the lease: a sid and an accepted stop are true whoever reports
 * them. Observations (alive, 404) are not facts: an old one would overrule a newer suspicion.
 */
export function answerAsFact(input: Input, attempt: Attempt): PendingFact | undefined {
  if (input.kind !== "start" && input.kind !== "stop") return undefined;
  const base = {
    n: attempt.n,
    slot: attempt.slot,
    session: attempt.session,
    uid: attempt.uid,
    mode: attempt.mode,
    atMs: input.answeredAtMs,
  };
  if (input.kind === "start") {
    if (input.answer.outcome !== "ok") return undefined;
    return { ...base, kind: "sid", resourceId: input.resourceId, sid: input.answer.sid };
  }
  if (input.answer.outcome !== "done" || attempt.resourceId === undefined) return undefined;
  return { ...base, kind: "stopAccepted", resourceId: attempt.resourceId, sid: input.sid };
}
