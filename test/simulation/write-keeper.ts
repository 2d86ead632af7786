import { keepWrites } from "@autorec/engine";
import type { RebuildDeps, RecentSids } from "@autorec/engine";
import { createLogger } from "@autorec/service-kit";
import type { SimProcess } from "./sim-process.ts";
import type { ProcessStore } from "./worker-parts.ts";

const { log } = createLogger({ service: "engine", instanceId: "simulation", version: "0", level: "silent" });

interface WriteKeeperOptions {
  readonly store: ProcessStore;
  readonly shardCount: number;
  readonly recentSids: RecentSids;
  /** Absent for a process that reads no events: it leaves applying them again to others. */
  readonly sources: Pick<RebuildDeps, "replayPresence"> | undefined;
  /** The Redis that this life of the process has known before a failover; absent: it began after it. */
  readonly known: string | undefined;
}

/** What one life of a process makes of a failover. It looks as often as in production, from then on only, and until it is done. */
export async function makeWritesAgain(process: SimProcess, options: WriteKeeperOptions): Promise<void> {
  const { known, recentSids, shardCount, sources, store } = options;
  const everyMs = process.tools.durations.leaseMs / 10;
  const shards = new Set(Array.from({ length: shardCount }, (_, shard) => shard));
  const done = new AbortController();
  let isFirst = known !== undefined;
  await keepWrites(
    {
      everyMs,
      log,
      store: {
        lastServer: () => (isFirst ? Promise.resolve(undefined) : store.lastServer()),
        identity: () => (isFirst && known !== undefined ? Promise.resolve(known) : store.identity()),
        rememberServer: async (seen) => {
          // In production it has said so many times before.
          if (isFirst) return;
          await store.rememberServer(seen);
          done.abort();
        },
      },
      retell: async (seenAtMs) => {
        await recentSids.retell(store, seenAtMs);
        if (sources === undefined) done.abort();
      },
      ...(sources === undefined
        ? {}
        : { reapply: (sinceMs, signal) => sources.replayPresence({ shards, sinceMs, signal }) }),
      clock: {
        nowMs: () => process.localClock.nowMs(),
        monotonicMs: () => process.monotonicMs(),
        sleep: async (ms) => {
          // Nobody looks just as it happens.
          await process.sleep(isFirst ? process.site("redis watch").between(1, ms) : ms);
          isFirst = false;
        },
      },
    },
    done.signal,
  );
}
