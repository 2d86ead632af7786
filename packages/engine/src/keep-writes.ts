import type { Clock, Logger } from "@autorec/service-kit";
import type { SeenServer, SessionStore } from "@autorec/session-store";

/** A replica was behind by less than a minute, and who stamps the events may have another time than this process. */
const againMs = 60_000 + 300_000;
/** Older joins would have to be held back until their partition is read (protocol.md §9); applying again holds nothing back. */
const rememberedMs = 300_000;

/** What is watched, and how what may be lost is told again. */
export interface KeepWritesOptions {
  readonly store: Pick<SessionStore, "identity" | "lastServer" | "rememberServer">;
  readonly everyMs: number;
  /** Leaves the sids that this process has learned lately as facts; told when the old Redis was last seen, by the monotonic clock. */
  readonly retell: (seenAtMs: number) => Promise<unknown>;
  /** Applies the events since then again; absent: another process does. */
  readonly reapply?: (sinceMs: number, signal: AbortSignal) => Promise<unknown>;
  readonly clock: Pick<Clock, "monotonicMs" | "nowMs" | "sleep">;
  readonly log: Pick<Logger, "error" | "info" | "warn">;
}

/**
 * Notices that another Redis answers than before: a replica that was promoted, or a server that came back from its disk. Both
 * may lack writes that were acknowledged, also those whose offsets are committed (I5). What is known here is told again, and
 * events are applied again from some minutes before; all of it changes nothing where nothing was lost. Whoever applies events
 * leaves in Redis which one it has seen: all who knew the old one may have died with it.
 */
export async function keepWrites(options: KeepWritesOptions, signal: AbortSignal): Promise<void> {
  const { clock, everyMs, log, reapply, retell, store } = options;
  let known: SeenServer | undefined;
  let seenAtMs = clock.monotonicMs();
  for (;;) {
    // Before the question: nobody knows how long the answer was on its way, or what follows it takes.
    const askedAtMs = clock.nowMs();
    const askedMonotonicMs = clock.monotonicMs();
    const found = await look(options, known);
    known ??= found?.before;
    if (found !== undefined && known !== undefined && found.identity !== known.identity) {
      log.warn(
        { lastSeenMs: clock.nowMs() - known.atMs },
        "another redis answers than before, recent writes are made again",
      );
      try {
        await retell(seenAtMs);
        // Whoever applies events makes channels due: by then every process has told the sids of theirs.
        await clock.sleep(2 * everyMs, signal);
        await reapply?.(known.atMs - againMs, signal);
        log.info({}, "recent writes were made again");
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, "recent writes could not be made again yet, it is tried again");
        await clock.sleep(everyMs, signal);
        if (signal.aborted) return;
        continue;
      }
    }
    if (found !== undefined) {
      known = { identity: found.identity, atMs: askedAtMs };
      seenAtMs = askedMonotonicMs;
      // A watchdog's word would hide from the consumers that there is something to do.
      if (reapply !== undefined) await store.rememberServer(known).catch(() => undefined);
    }
    await clock.sleep(everyMs, signal);
    if (signal.aborted) return;
  }
}

/** Which Redis answers; at the first look of who applies events also which one others have seen lately. Undefined: no answer. */
async function look(
  { clock, log, reapply, store }: KeepWritesOptions,
  known: SeenServer | undefined,
): Promise<{ readonly identity: string; readonly before: SeenServer | undefined } | undefined> {
  try {
    const identity = await store.identity();
    const last = known === undefined && reapply !== undefined ? await store.lastServer() : undefined;
    const lastSeenMs = last === undefined ? 0 : clock.nowMs() - last.atMs;
    if (lastSeenMs <= rememberedMs) return { identity, before: last };
    if (last?.identity !== identity)
      log.error({ lastSeenMs }, "another redis answers than long ago, writes of then may be lost");
    return { identity, before: undefined };
  } catch {
    return undefined;
  }
}
