import type { Clock, Logger } from "@autorec/service-kit";
import type { DueWorker } from "./work-due.ts";

/** Whose rounds follow one another, and how fast. */
export interface WorkScheduleDeps {
  readonly worker: Pick<DueWorker, "round">;
  /** Where the next round begins. */
  readonly firstShard: () => number;
  readonly tickMs: number;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Pick<Logger, "warn">;
}

/**
 * Takes what is due, tick by tick, until the signal is aborted. What is behind is taken sooner, but not at once: channels that
 * fail over and over must not use all that this process has.
 */
export async function workSchedule(
  { clock, firstShard, log, tickMs, worker }: WorkScheduleDeps,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    let isBehind = false;
    try {
      isBehind = (await worker.round(firstShard())) === "behind";
    } catch (err) {
      log.warn({ err }, "schedule could not be read");
    }
    await clock.sleep(isBehind ? tickMs / 10 : tickMs, signal);
  }
}
