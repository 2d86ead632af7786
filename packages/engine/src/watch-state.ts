import type { Clock, Logger } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";

/** What is watched, how often, and who hears of it. */
export interface WatchStateOptions {
  readonly store: Pick<SessionStore, "readyState">;
  readonly shardCount: number;
  readonly everyMs: number;
  readonly log: Pick<Logger, "error" | "info">;
  readonly clock: Pick<Clock, "sleep">;
}

/** How many shards have lost the marker under which alone anything is claimed. Rejects when Redis does not answer. */
export async function countStateless(options: Pick<WatchStateOptions, "store" | "shardCount">): Promise<number> {
  const { shardCount, store } = options;
  const ready = await Promise.all(Array.from({ length: shardCount }, (_, shard) => store.readyState(shard)));
  return ready.filter((isReady) => !isReady).length;
}

/** Raises an alarm when Redis has lost its state while the process runs, also if nobody asks for readiness; once per loss. */
export async function watchState(options: WatchStateOptions, signal: AbortSignal): Promise<void> {
  const { clock, everyMs, log, shardCount } = options;
  let wasLost = false;
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal);
    try {
      const missing = await countStateless(options);
      if (missing > 0 && !wasLost) {
        log.error(
          { code: "REC_STATE_LOST", shards: shardCount, missing },
          "redis has lost its state, nothing is claimed",
        );
      }
      if (missing === 0 && wasLost) log.info({ shards: shardCount }, "redis has its state again");
      wasLost = missing > 0;
    } catch {
      // Redis does not answer: whoever works with it says so, and nothing is known about its state.
    }
  }
}
