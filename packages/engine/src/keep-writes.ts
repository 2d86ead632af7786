import type { Clock, Logger } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";

/** Events of so long before the last look at the old Redis are applied again: its replica may have been behind by less. */
const againMs = 60_000;

/** What is watched, and how what may be lost is told again. */
export interface KeepWritesOptions {
  readonly store: Pick<SessionStore, "identity">;
  readonly everyMs: number;
  /** Leaves the sids that this process has learned lately as facts; told when the old Redis was last seen, by the monotonic clock. */
  readonly retell: (seenAtMs: number) => Promise<unknown>;
  /** Applies the events since then again; absent: another process does. */
  readonly reapply?: (sinceMs: number, signal: AbortSignal) => Promise<unknown>;
  readonly clock: Pick<Clock, "monotonicMs" | "nowMs" | "sleep">;
  readonly log: Pick<Logger, "info" | "warn">;
}

/**
 * Notices that another Redis answers than before: a replica that was promoted, or a server that came back from its disk. Both
 * may lack writes that were acknowledged, also those whose offsets are committed (I5). What is known here is told again, and
 * events are applied again from a minute before; all of it changes nothing where nothing was lost.
 */
export async function keepWrites(options: KeepWritesOptions, signal: AbortSignal): Promise<void> {
  const { clock, everyMs, log, reapply, retell, store } = options;
  let known: string | undefined;
  let knownAtMs = clock.nowMs();
  let seenAtMs = clock.monotonicMs();
  for (;;) {
    const found = await store.identity().catch(() => undefined);
    if (found !== undefined && known !== undefined && found !== known) {
      log.warn(
        { lastSeenMs: clock.nowMs() - knownAtMs },
        "another redis answers than before, recent writes are made again",
      );
      try {
        await retell(seenAtMs);
        // Whoever applies events makes channels due: by then every process has told the sids of theirs.
        await clock.sleep(2 * everyMs, signal);
        await reapply?.(knownAtMs - againMs, signal);
        log.info({}, "recent writes were made again");
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, "recent writes could not be made again yet, it is tried again");
        await clock.sleep(everyMs, signal);
        if (signal.aborted) return;
        continue;
      }
    }
    if (found !== undefined) {
      known = found;
      knownAtMs = clock.nowMs();
      seenAtMs = clock.monotonicMs();
    }
    await clock.sleep(everyMs, signal);
    if (signal.aborted) return;
  }
}
