import { rebuildRecord, workerHoldMs } from "@autorec/domain";
import type { Attempt, ChannelRecord, ControlSwitch, Durations } from "@autorec/domain";
import { AutorecError } from "@autorec/service-kit";
import type { Clock, Logger } from "@autorec/service-kit";
import { readSnapshot, StoreError } from "@autorec/session-store";
import type { ChannelRef, SessionStore } from "@autorec/session-store";
import { isControlKey, readControlMessage } from "./control-journal.ts";
import { ensureShards } from "./ensure-state.ts";
import type { JournalContent } from "./read-journal.ts";

/** Events are read again from at least so long before now: the longest replay that may still act. */
const replayMs = 86_400_000;
/** A session that began this long ago may hold people who joined before the replay above would begin. */
const longSessionMs = 72_000_000;
const channelsAtOnceMax = 32;

/** Which presence is to be restored, and from when on events must be read for it. */
export interface ReplayOrder {
  readonly shards: ReadonlySet<number>;
  /** ms since the epoch; 0 = from the beginning of the topic. */
  readonly sinceMs: number;
  readonly signal: AbortSignal;
}

/** What a rebuild works with. */
export interface RebuildDeps {
  readonly store: Pick<
    SessionStore,
    | "ensureShardCount"
    | "claimRebuild"
    | "rebuildChannel"
    | "finishRebuild"
    | "holdWorkers"
    | "restoreSwitches"
    | "shardOf"
    | "nowMs"
  >;
  /** Whose workers the recorders of an app take. */
  readonly accountOf: (appId: string) => string;
  readonly shardCount: number;
  readonly durations: Durations;
  readonly readJournal: (signal: AbortSignal) => Promise<JournalContent>;
  /** Applies the events of the input topic to the presence of these shards; resolves at the end known when it began. */
  readonly replayPresence: (order: ReplayOrder) => Promise<{ readonly records: number }>;
  readonly newToken: () => string;
  readonly clock: Pick<Clock, "sleep" | "monotonicMs">;
  readonly log: Pick<Logger, "info">;
}

/** `busy`: another process does it, or Redis was emptied again meanwhile. */
export type RebuildResult = "rebuilt" | "busy";

/**
 * Brings the state of lost shards back from Kafka and only then opens them (protocol.md §10): when every lease from before
 * the loss is over, so that nothing is under way any more and what was done is journalled or waits as a fact; the records from
 * the journal; the presence from the input topic. May be repeated, and called by any number of processes: one does it.
 * @throws AutorecError REC_STATE_LOST (terminal) when the journal holds what this version cannot read
 */
export async function rebuildState(
  deps: RebuildDeps,
  missing: readonly number[],
  signal: AbortSignal,
): Promise<RebuildResult> {
  const { clock, durations, log, store } = deps;
  await ensureShards(deps);
  const token = deps.newToken();
  const startedMs = clock.monotonicMs();
  const { restMs, sinceMs } = await claimShards(deps, missing, token);
  const shards = new Set(sinceMs.keys());
  if (shards.size === 0) return "busy";
  log.info({ shards: shards.size }, "state is being rebuilt");
  return whileHolding({ deps, sinceMs, token }, signal, async (held) => {
    await clock.sleep(restMs, held);
    const content = await deps.readJournal(held);
    await store.restoreSwitches({ switches: switchesOf(content), author: "rebuild" });
    const channels = channelsOf(content, (ref) => shards.has(store.shardOf(ref)));
    const nowMs = await store.nowMs();
    for (let i = 0; i < channels.length; i += channelsAtOnceMax) {
      const replies = await Promise.all(
        channels.slice(i, i + channelsAtOnceMax).map(async ({ attempts, ref, rev }) => {
          const record = rebuildRecord({ ref, attempts, nowMs, durations });
          await holdWorkersOf(record, nowMs, deps);
          return store.rebuildChannel(ref, { token, record, rev });
        }),
      );
      if (held.aborted || replies.includes("lost")) return "busy";
    }
    const { records } = await deps.replayPresence({ shards, sinceMs: replaySinceMs(channels, nowMs), signal: held });
    held.throwIfAborted();
    for (const shard of shards) if ((await store.finishRebuild(shard, { token })) === "lost") return "busy";
    const attempts = channels.reduce((sum, channel) => sum + channel.attempts.length, 0);
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    log.info({ shards: shards.size, channels: channels.length, attempts, records, durationMs }, "state rebuilt");
    return "rebuilt";
  });
}

/** The ledger may be lost with the records: nobody else gets the workers of what may run, once anything is claimed again. */
async function holdWorkersOf(record: ChannelRecord, nowMs: number, deps: RebuildDeps): Promise<void> {
  const { appId, channelName } = record;
  const holds = Object.values(record.attempts).map((attempt) => ({
    ref: { appId, channelName },
    n: attempt.n,
    holdMs: workerHoldMs(attempt, nowMs, deps.durations),
  }));
  const taken = holds.filter(({ holdMs }) => holdMs > 0);
  if (taken.length > 0) await deps.store.holdWorkers(deps.accountOf(appId), taken);
}

interface Claimed {
  /** Since when each shard is lost. */
  readonly sinceMs: ReadonlyMap<number, number>;
  /** How long until the last lease from before the loss is over; each node of a cluster has a clock of its own. */
  readonly restMs: number;
}

/** In order, up to the first that somebody else has: so one process gets all of them, and reads everything once. */
async function claimShards(deps: RebuildDeps, missing: readonly number[], token: string): Promise<Claimed> {
  const { leaseMs } = deps.durations;
  const sinceMs = new Map<number, number>();
  let restMs = 0;
  for (const shard of missing) {
    const claim = await deps.store.claimRebuild(shard, { token, leaseMs });
    if (claim.kind === "busy") break;
    if (claim.kind !== "claimed") continue;
    sinceMs.set(shard, claim.sinceMs);
    restMs = Math.max(restMs, claim.sinceMs + leaseMs - claim.nowMs);
  }
  return { sinceMs, restMs };
}

interface Right {
  readonly deps: RebuildDeps;
  readonly sinceMs: Claimed["sinceMs"];
  readonly token: string;
}

/**
 * Keeps the right alive; once it is lost the work is called off, and what it still writes is refused by the store. It is lost,
 * too, when Redis was emptied again: what was brought back until then is gone.
 */
async function whileHolding(
  { deps, sinceMs, token }: Right,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<RebuildResult>,
): Promise<RebuildResult> {
  const { clock, durations, store } = deps;
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = (async () => {
    for (;;) {
      await clock.sleep(durations.leaseMs / 3, done.signal);
      if (done.signal.aborted) return;
      try {
        for (const [shard, since] of sinceMs) {
          const claim = await store.claimRebuild(shard, { token, leaseMs: durations.leaseMs, sinceMs: since });
          if (claim.kind === "busy") lost.abort(new Error("another process rebuilds the state, or it was lost again"));
        }
      } catch {
        // Redis does not answer: the right ends by itself, and whoever writes without it is refused.
      }
    }
  })();
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } catch (err) {
    if (lost.signal.aborted || signal.aborted) return "busy";
    throw err;
  } finally {
    done.abort();
    await renewing;
  }
}

interface JournalledChannel {
  readonly ref: ChannelRef;
  readonly attempts: Attempt[];
  readonly rev: string;
}

/** The journal by channel. One value that cannot be read stops it all: its recorder would be forgotten, and recorded twice. */
function channelsOf(content: JournalContent, isMine: (ref: ChannelRef) => boolean): readonly JournalledChannel[] {
  const channels = new Map<string, JournalledChannel>();
  const unreadable: StoreError[] = [];
  for (const [key, { text }] of content) {
    const ref = refOfKey(key);
    if (ref === undefined || !isMine(ref)) continue;
    try {
      const { attempt, rev } = readSnapshot(key, text);
      const name = `${ref.appId}/${ref.channelName}`;
      const known = channels.get(name);
      const attempts = known?.attempts ?? [];
      attempts.push(attempt);
      channels.set(name, {
        ref,
        attempts,
        rev: known === undefined || BigInt(rev) > BigInt(known.rev) ? rev : known.rev,
      });
    } catch (err) {
      if (!(err instanceof StoreError)) throw err;
      unreadable.push(err);
    }
  }
  const [first] = unreadable;
  if (first === undefined) return [...channels.values()];
  throw new AutorecError(
    `Redis has lost its state, and ${String(unreadable.length)} values of recording.snapshots cannot be read: ${first.message}. ` +
      "Start the version that wrote them, or forget them by starting once with AUTOREC_ACCEPT_EMPTY_REDIS=1",
    { code: "REC_STATE_LOST", retry: "terminal", context: { unreadable: unreadable.length }, cause: first },
  );
}

/** `<appId>/<channelName>/<n>`; undefined for what is no attempt. */
function refOfKey(key: string): ChannelRef | undefined {
  const [, appId, channelName] = /^([^/:]+)\/(.+)\/\d+$/.exec(key) ?? [];
  if (appId === undefined || channelName === undefined || isControlKey(key)) return undefined;
  return { appId, channelName };
}

/** A switch must not be lifted by a loss: it is back before anything is claimed. */
function switchesOf(content: JournalContent): readonly ControlSwitch[] {
  return [...content].flatMap(([key, { text }]) => {
    const each = isControlKey(key) ? readControlMessage(text) : undefined;
    return each === undefined ? [] : [each];
  });
}

/** People of a session that is older than the usual replay may have joined before it: then all events are read again. */
function replaySinceMs(channels: readonly JournalledChannel[], nowMs: number): number {
  const isLong = channels.some(({ attempts }) => {
    const open = new Set(attempts.filter(({ st }) => st !== "CLOSED").map(({ session }) => session));
    return attempts.some(({ claimedAtMs, session }) => open.has(session) && claimedAtMs < nowMs - longSessionMs);
  });
  return isLong ? 0 : nowMs - replayMs;
}
