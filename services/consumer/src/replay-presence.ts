import { readToEnd } from "@autorec/engine";
import type { ReplayTools } from "@autorec/engine";
import { systemClock } from "@autorec/service-kit";
import { toInputRecords } from "./event-topic.ts";
import { forEachBounded } from "./for-each-bounded.ts";
import { sortRecords } from "./sort-records.ts";
import type { KnownApps } from "./sort-records.ts";

/** Channels whose presence is written at the same time: enough to fill one round trip to Redis. */
const channelsAtOnceMax = 32;
/** Records between two heartbeats: far less than a session's time of work. */
const recordsPerPiece = 2_000;

/**
 * Brings the presence of lost shards back by applying the events of the input topic again (protocol.md §10). It runs beside
 * the group that reads new events: per uid the greatest clientSeq wins, so neither order nor repetition matters. Nothing is
 * looked at, and nothing is held back: in a rebuild nobody may claim before it is done, and after a failover only the last
 * minutes are read. Records that cannot be read were dead-lettered when they were first met.
 */
export async function replayPresence(
  { groupId, kafka, shards, signal, sinceMs, store, topic }: ReplayTools,
  apps: KnownApps,
): Promise<{ readonly records: number }> {
  let records = 0;
  await readToEnd(kafka, {
    topic,
    groupId,
    sinceMs,
    signal,
    onBatch: async (payload) => {
      const all = toInputRecords(payload.batch);
      for (let i = 0; i < all.length; i += recordsPerPiece) {
        signal.throwIfAborted();
        const piece = all.slice(i, i + recordsPerPiece);
        const { groups } = sortRecords(piece, { apps, nowMs: systemClock.nowMs() });
        const mine = groups.filter(({ ref }) => shards.has(store.shardOf(ref)));
        await forEachBounded(mine, channelsAtOnceMax, async ({ events, ref }) => {
          await store.applyPresence(ref, { events });
        });
        records += piece.length;
        await payload.heartbeat();
      }
    },
  });
  return { records };
}
