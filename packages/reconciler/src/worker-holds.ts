import { workerHoldMs } from "@autorec/domain";
import type { Attempt, ChannelRecord, Durations } from "@autorec/domain";

/** How long from now an attempt keeps its worker; 0 = it has none any more. */
export interface AttemptHold {
  readonly n: number;
  readonly holdMs: number;
}

/** A reservation is prolonged when a part of it is over, not with every look. */
const freshShare = 0.25;

/**
 * What a decision changes in the account's ledger of workers: what came to another state, and, once per turn of work, whatever
 * is open and not quite new. CLAIMED is not told: its worker is reserved before its acquire.
 */
export function workerHolds(change: {
  readonly before: ChannelRecord;
  readonly after: ChannelRecord;
  readonly nowMs: number;
  readonly durations: Durations;
  /** The first decision of a turn. */
  readonly isFirst: boolean;
}): readonly AttemptHold[] {
  const { before, after, nowMs, durations, isFirst } = change;
  const isTold = (attempt: Attempt): boolean => {
    const earlier = before.attempts[attempt.n];
    if (attempt.st === "CLAIMED") return false;
    if (earlier?.st !== attempt.st) return !isSameHold(earlier, attempt);
    const isFresh = nowMs - attempt.claimedAtMs < durations.quotaHoldMs * freshShare;
    return isFirst && attempt.st !== "CLOSED" && !isFresh;
  };
  return Object.values(after.attempts)
    .filter(isTold)
    .map((attempt) => ({ n: attempt.n, holdMs: workerHoldMs(attempt, nowMs, durations) }));
}

/** From READY on a worker is held in the same way until the attempt is a doubt or over. */
function isSameHold(earlier: Attempt | undefined, attempt: Attempt): boolean {
  return earlier !== undefined && isHeld(earlier) && isHeld(attempt);
}

function isHeld({ st }: Attempt): boolean {
  return st === "READY" || st === "LIVE" || st === "CONF" || st === "GHOST" || st === "STOPPING";
}
