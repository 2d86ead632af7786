import type { Clock, Logger } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";

/** What is watched, how often, who hears of it, and what is done about it. */
export interface KeepStateOptions {
  readonly store: Pick<SessionStore, "readyEpoch">;
  readonly shardCount: number;
  readonly everyMs: number;
  /** Pause after a rebuild that failed. */
  readonly retryMs: number;
  /** Told at each look as long as state is missing, with when it was last seen whole: this process may know what Redis has lost. */
  readonly retell: (seenAtMs: number, missing: readonly number[]) => Promise<unknown>;
  /** Brings the state of these shards back; absent: another process does. */
  readonly rebuild?: (missing: readonly number[], signal: AbortSignal) => Promise<unknown>;
  readonly log: Pick<Logger, "error" | "info" | "warn">;
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
}

type Epochs = readonly (string | undefined)[];

/** The shards that have lost the marker under which alone anything is claimed. Rejects when Redis does not answer. */
export async function findStateless(
  options: Pick<KeepStateOptions, "store" | "shardCount">,
): Promise<readonly number[]> {
  return shardsOf(await epochsOf(options), (epoch) => epoch === undefined);
}

/**
 * Notices that Redis has lost its state while the process runs, raises an alarm, once per loss, and has it rebuilt. Until that
 * is done nothing is claimed anywhere; what records goes on recording. A process that was stopped for all that time sees it by
 * the epoch, and tells what it knows then.
 */
export async function keepState(options: KeepStateOptions, signal: AbortSignal): Promise<void> {
  const { clock, everyMs, log, rebuild, retell, retryMs, shardCount } = options;
  let wasLost = false;
  let wholeAtMs = clock.monotonicMs();
  let known: Epochs = await epochsOf(options).catch(() => []);
  let pauseMs = everyMs;
  for (;;) {
    await clock.sleep(pauseMs, signal);
    if (signal.aborted) return;
    pauseMs = everyMs;
    const askedAtMs = clock.monotonicMs();
    const epochs = await epochsOf(options).catch(() => undefined);
    // Redis does not answer: whoever works with it says so, and nothing is known about its state.
    if (epochs === undefined) continue;
    const missing = shardsOf(epochs, (epoch) => epoch === undefined);
    const isOther = (epoch: string | undefined, shard: number): boolean =>
      epoch !== undefined && known[shard] !== undefined && known[shard] !== epoch;
    const missed = shardsOf(epochs, isOther);
    if (missing.length > 0 && !wasLost) {
      log.error(
        { code: "REC_STATE_LOST", shards: shardCount, missing: missing.length },
        "redis has lost its state, nothing is claimed until it is rebuilt",
      );
    }
    if (missing.length === 0 && wasLost) log.info({ shards: shardCount }, "redis has its state again");
    wasLost = missing.length > 0;
    if (missed.length > 0)
      log.warn({ shards: missed.length }, "redis was rebuilt unseen, what is known here is told again");
    if (missing.length + missed.length === 0) {
      wholeAtMs = askedAtMs;
      known = epochs;
      continue;
    }
    try {
      await retell(wholeAtMs, [...missing, ...missed]);
      known = epochs;
      if (wasLost) await rebuild?.(missing, signal);
    } catch (err) {
      pauseMs = retryMs;
      const needsPerson = err instanceof Error && "retry" in err && err.retry === "terminal";
      if (needsPerson) log.error({ err }, "state cannot be rebuilt, nothing is claimed");
      else log.warn({ err }, "state could not be rebuilt yet, it is tried again");
    }
  }
}

async function epochsOf({ shardCount, store }: Pick<KeepStateOptions, "store" | "shardCount">): Promise<Epochs> {
  return Promise.all(Array.from({ length: shardCount }, (_, shard) => store.readyEpoch(shard)));
}

function shardsOf(epochs: Epochs, is: (epoch: string | undefined, shard: number) => boolean): readonly number[] {
  return [...epochs.keys()].filter((shard) => is(epochs[shard], shard));
}
