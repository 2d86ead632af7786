import { stretchedPollMs } from "@autorec/domain";
import type { Attempt, Call, Durations } from "@autorec/domain";
import type { RequestClass } from "@autorec/session-store";

/**
 * How urgent a call is for its account. A query of an attempt that is suspected, or that an event hints at, goes before polls; a
 * poll that was put off for as long as it may be goes like a confirmation, since its recorder might idle out unseen.
 */
export function requestClass(
  call: Call,
  attempt: Attempt,
  { nowMs, durations }: { readonly nowMs: number; readonly durations: Durations },
): RequestClass {
  if (call.call === "acquire" || call.call === "start") return "start";
  if (call.call === "stop" || attempt.st === "STOPPING") return "stop";
  if (attempt.n404 > 0 || (attempt.st !== "LIVE" && attempt.st !== "CONF")) return "restart-check";
  if (attempt.st === "LIVE") return "confirm";
  if (nowMs - (attempt.lastAliveAtMs ?? nowMs) >= stretchedPollMs(attempt.maxIdleMs, durations)) return "confirm";
  return attempt.dueAtMs > nowMs ? "restart-check" : "poll";
}

/** How much later a poll that finds no place may come back: by a twentieth of its wait, and never past its longest. */
export function pollAwayMs(attempt: Attempt, nowMs: number, durations: Durations): number {
  const longestMs = stretchedPollMs(attempt.maxIdleMs, durations) - (nowMs - (attempt.lastAliveAtMs ?? nowMs));
  return Math.max(0, Math.min(durations.pollMs / 20, longestMs));
}
