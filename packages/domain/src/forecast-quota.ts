import type { Durations } from "./durations.ts";
import { stretchedPollMs } from "./waits.ts";

/** Of each window of requests, what polls leave free even when the account is quiet. */
export const pollSpare = 0.2;
/** One worker in so many is kept for attempts that take a recording over. */
export const workersPerSpare = 20;
/** A second, and what two requests may differ in on their way to Agora, who counts when they arrive. */
export const requestWindowMs = 1_030;

/** What is expected of an account, and what Agora allows it. */
export interface QuotaPlan {
  readonly requestsPerSecond: number;
  readonly workers: number;
  /** Recordings at the same time; a channel with two recorders counts twice. */
  readonly recorders: number;
  /** Agora's idle time: bounds how far polls may stretch. */
  readonly maxIdleMs: number;
}

/** Whether a plan fits, and what to ask Agora for if it does not. */
export interface QuotaForecast {
  /** `stretches`: polls come later than usual, within their bound; `cannot_fit`: not even stretched polls find their places. */
  readonly requests: "fits" | "stretches" | "cannot_fit";
  readonly workers: "fits" | "cannot_fit";
  /** Polls per second at the usual wait, and when they are stretched as far as they may. */
  readonly pollsPerSecond: number;
  readonly pollsPerSecondMin: number;
  /** Requests per second that polls may use. */
  readonly pollsPerSecondMax: number;
  /** What to ask Agora for: so many requests per second let polls be as frequent as usual, so many just fit. */
  readonly requestsPerSecondNeeded: number;
  readonly requestsPerSecondMin: number;
  readonly workersNeeded: number;
  /** Recorders for which the requests per second would just do. */
  readonly recordersMax: number;
  /** So long takes the last of them to start if all channels begin at once: two requests each. */
  readonly burstS: number;
}

/** The arithmetic of docs/quota.md: what watching so many recorders costs, whatever is started and stopped beside it. */
export function forecastQuota(plan: QuotaPlan, durations: Durations): QuotaForecast {
  const { recorders, requestsPerSecond, workers } = plan;
  const longestS = stretchedPollMs(plan.maxIdleMs, durations) / 1_000;
  const pollsPerSecond = recorders / (durations.pollMs / 1_000);
  const pollsPerSecondMin = recorders / longestS;
  const pollsPerSecondMax = pollPlaces(requestsPerSecond);
  const tight = pollsPerSecondMin > pollsPerSecondMax ? "cannot_fit" : "stretches";
  return {
    requests: pollsPerSecond <= pollsPerSecondMax ? "fits" : tight,
    workers: recorders <= workers - spareWorkers(workers) ? "fits" : "cannot_fit",
    pollsPerSecond,
    pollsPerSecondMin,
    pollsPerSecondMax,
    requestsPerSecondNeeded: leastRate(pollsPerSecond),
    requestsPerSecondMin: leastRate(pollsPerSecondMin),
    workersNeeded: leastWorkers(recorders),
    recordersMax: Math.floor(pollsPerSecondMax * longestS),
    burstS:
      (2 * recorders * (requestWindowMs / 1_000)) /
      Math.max(Math.min(1, requestsPerSecond), Math.floor(requestsPerSecond)),
  };
}

/** How many of an account's workers are kept for takeovers. */
export function spareWorkers(workers: number): number {
  return Math.floor(workers / workersPerSpare);
}

/** Polls that may leave per second, as the budget counts: whole places in a window, and the spare left to starts. */
function pollPlaces(requestsPerSecond: number): number {
  const limit = Math.max(1, Math.floor(requestsPerSecond));
  const windowS = requestWindowMs / 1_000 / Math.min(1, requestsPerSecond);
  return (limit - Math.floor(limit * pollSpare)) / windowS;
}

function leastRate(polls: number): number {
  let rate = Math.max(1, Math.floor(polls));
  while (pollPlaces(rate) < polls) rate += Math.max(1, Math.floor((polls - pollPlaces(rate)) / 2));
  return rate;
}

function leastWorkers(recorders: number): number {
  let workers = recorders;
  while (workers - spareWorkers(workers) < recorders) workers += 1;
  return workers;
}
