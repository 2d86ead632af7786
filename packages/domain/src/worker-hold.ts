import type { Attempt } from "./channel-record.ts";
import type { Durations } from "./durations.ts";
import { gaveWay } from "./rotation.ts";

/**
 * How long from now an attempt keeps its worker at Agora; 0 = it has none. What may run counts until it is certainly gone; a
 * doubt counts for as long as its start may still take effect.
 */
export function workerHoldMs(attempt: Attempt, nowMs: number, durations: Durations): number {
  switch (attempt.st) {
    case "CLAIMED":
      return durations.quotaReserveMs;
    case "READY":
    case "LIVE":
    case "CONF":
    case "GHOST":
    case "STOPPING":
      return durations.quotaHoldMs;
    case "DOUBT":
      return Math.max(0, (attempt.resourceDeadAtMs ?? 0) - nowMs);
    case "CLOSED":
      return 0;
  }
}

/** Whether the attempt goes on with what another one records, may record, or has recorded until it gave its worker for it. */
export function isTakenOver(other: Attempt, attempt: Attempt): boolean {
  const runs = other.st === "LIVE" || other.st === "CONF" || other.st === "GHOST" || other.st === "STOPPING";
  const hasGivenWay = other.st === "CLOSED" && other.cause === gaveWay && other.n < attempt.n;
  const isSame = other.slot === attempt.slot && other.session === attempt.session;
  return (runs || hasGivenWay) && other.n !== attempt.n && isSame;
}
