import type { Attempt } from "./channel-record.ts";
import type { Durations } from "./durations.ts";

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
