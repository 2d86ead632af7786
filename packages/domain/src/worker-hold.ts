import type { Attempt } from "./channel-record.ts";
import type { Durations } from "./durations.ts";
import { gaveWay } from "./rotation.ts";

/**
 * How long from now an attempt keeps its worker at Agora; 0 = it has none. What runs counts until it is certainly gone; a doubt
 * for as long as its start may still take effect; a ghost, of which nobody hears whether it still runs, for one hold after
 * that, or after nobody could control it any more: in a channel that never empties it would keep its worker for ever, and ghosts
 * that have long died would keep people from being recorded. Of those that do run, Agora's 406 tells.
 */
export function workerHoldMs(attempt: Attempt, nowMs: number, durations: Durations): number {
  switch (attempt.st) {
    case "CLAIMED":
      return durations.quotaReserveMs;
    case "READY":
    case "LIVE":
    case "CONF":
    case "STOPPING":
      return durations.quotaHoldMs;
    case "GHOST":
      return restOfGhostMs(attempt, nowMs, durations);
    case "DOUBT":
      return Math.max(0, (attempt.resourceDeadAtMs ?? 0) - nowMs);
    case "CLOSED":
      return 0;
  }
}

/** Without a sid it is counted from the acquire, which no rebuild moves. */
function restOfGhostMs(ghost: Attempt, nowMs: number, { quotaHoldMs, resourceLifeMs }: Durations): number {
  const { acquireSentAtMs, claimedAtMs, controlErrorsAtMs, controlLost } = ghost;
  const heardOfAtMs = controlLost ? Math.max(...controlErrorsAtMs) : (acquireSentAtMs ?? claimedAtMs) + resourceLifeMs;
  return Math.max(0, Math.min(quotaHoldMs, heardOfAtMs + quotaHoldMs - nowMs));
}

/** Whether the attempt goes on with what another one records, may record, or has recorded until it gave its worker for it. */
export function isTakenOver(other: Attempt, attempt: Attempt): boolean {
  const runs = other.st === "LIVE" || other.st === "CONF" || other.st === "GHOST" || other.st === "STOPPING";
  const hasGivenWay = other.st === "CLOSED" && other.cause === gaveWay && other.n < attempt.n;
  const isSame = other.slot === attempt.slot && other.session === attempt.session;
  return (runs || hasGivenWay) && other.n !== attempt.n && isSame;
}
