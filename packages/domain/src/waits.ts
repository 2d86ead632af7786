import type { RetrySchedule } from "@autorec/events";
import type { Durations } from "./durations.ts";

/** The wait of a schedule's step; the last one repeats for ever. */
export function stepMs(steps: readonly number[], step: number): number {
  return steps[Math.min(step, steps.length - 1)] ?? 0;
}

/** Waits before the next acquire: acquire has no effect in the channel and may be repeated freely. */
export function acquireWaitsMs(schedule: RetrySchedule, durations: Durations): readonly number[] {
  switch (schedule) {
    case "lost":
      return durations.acquireRetryLostMs;
    case "code65":
    case "serverError":
    case "others":
      return durations.acquireRetryOthersMs;
    case "throttled":
    case "overWorkers":
    case "noCode":
    case "unauthorized":
      return refusalWaitsMs(schedule, durations);
  }
}

/** Waits before the next start; when they are spent the attempt is a doubt. */
export function startWaitsMs(schedule: RetrySchedule, durations: Durations): readonly number[] {
  switch (schedule) {
    case "code65":
      return durations.startRetry65Ms;
    case "lost":
      return durations.startRetryLostMs;
    case "serverError":
    case "others":
      return durations.startRetryServerErrorMs;
    case "throttled":
    case "overWorkers":
    case "noCode":
    case "unauthorized":
      return refusalWaitsMs(schedule, durations);
  }
}

function refusalWaitsMs(
  schedule: "throttled" | "overWorkers" | "noCode" | "unauthorized",
  durations: Durations,
): readonly number[] {
  switch (schedule) {
    case "throttled":
      return durations.wait429Ms;
    case "overWorkers":
      return durations.wait406Ms;
    case "noCode":
      return [durations.waitNoCodeMs];
    case "unauthorized":
      return [durations.wait401Ms];
  }
}

/** No start is sent later than this after its acquire was sent: Agora would answer that the resource has expired. */
export function resourceStartCutoffMs(durations: Durations): number {
  return Math.floor(durations.resourceLifeMs * 0.8);
}

/** How long a recorder that nobody can control may outlive an empty channel. */
export function ghostHorizonMs(maxIdleMs: number, durations: Durations): number {
  return maxIdleMs + durations.migrationMaxMs + durations.eventLagMs;
}

/** The poll wait, spread by ±10 % so that channels that started together drift apart; a function of its arguments alone. */
export function jitteredPollMs(uid: number, nowMs: number, durations: Durations): number {
  const spread = ((uid * 31 + Math.floor(nowMs)) % 201) - 100;
  return Math.round(durations.pollMs * (1 + spread / 1_000));
}

/**
 * The longest that a poll may be put off when requests are short: 1.1 · poll ≤ maxIdle − 2 · lease must still hold, or the
 * recorder could leave between two looks; and never more than twice the usual wait, since a silent death waits for it.
 */
export function stretchedPollMs(maxIdleMs: number, durations: Durations): number {
  const longestMs = Math.floor((maxIdleMs - 2 * durations.leaseMs) / 1.1);
  return Math.max(durations.pollMs, Math.min(2 * durations.pollMs, longestMs));
}

/** Closed attempts, used uids and leaves are remembered this long: the longest event replay that may still act. */
export const tombstoneMs = 86_400_000;
