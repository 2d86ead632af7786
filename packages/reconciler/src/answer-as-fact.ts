import type { Attempt, Input, PendingFact } from "@autorec/domain";

/**
 * What an answer still proves when its asker no longer holds the lease: a sid and an accepted stop are true whoever reports
 * them. Observations (alive, 404) are not facts: an old one would overrule a newer suspicion. But who answers to the candidate
 * of a ghost has that sid for ever, even if Redis has lost the candidate meanwhile.
 */
export function answerAsFact(input: Input, attempt: Attempt): PendingFact | undefined {
  if (!("answer" in input)) return undefined;
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
  const { resourceId } = attempt;
  if (resourceId === undefined) return undefined;
  if (input.kind === "query")
    return isFoundCandidate(input, attempt) ? { ...base, kind: "sid", resourceId, sid: input.sid } : undefined;
  if (input.kind !== "stop" || input.answer.outcome !== "done") return undefined;
  return { ...base, kind: "stopAccepted", resourceId, sid: input.sid };
}

/** Somebody records under the sid that an event has named for this ghost. */
function isFoundCandidate(input: Extract<Input, { readonly kind: "query" }>, attempt: Attempt): boolean {
  const { outcome } = input.answer;
  const isGhost = attempt.st === "GHOST" || attempt.st === "DOUBT";
  return isGhost && attempt.candidateSid === input.sid && (outcome === "alive" || outcome === "starting");
}
