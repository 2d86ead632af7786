import { createRecentSids, keepState, rebuildState } from "@autorec/engine";
import type { RecentSids, RebuildDeps } from "@autorec/engine";
import { createLogger } from "@autorec/service-kit";
import type { SimProcess } from "./sim-process.ts";
import type { StoreBackend } from "./store-backend.ts";
import type { ProcessStore } from "./worker-parts.ts";
import { makeWritesAgain } from "./write-keeper.ts";

const { log } = createLogger({ service: "engine", instanceId: "simulation", version: "0", level: "silent" });

/** How a process that reads events brings lost shards back. */
export type StateSources = Pick<RebuildDeps, "readJournal" | "replayPresence">;

interface StateKeeperOptions {
  readonly store: ProcessStore;
  readonly backend: StoreBackend;
  readonly shardCount: number;
  /** How long ago Redis answered for the last time, and was whole. */
  readonly unseenForMs: () => number;
  /** Absent for a process that reads no events: it waits until another one has brought the state back. */
  readonly sources: StateSources | undefined;
}

/**
 * What one life of a process does when Redis has lost its state: it tells the sids that it has learned lately, and has the
 * state rebuilt if it can. It looks only while something is lost, as often as in production.
 */
export class StateKeeper {
  readonly recentSids: RecentSids;
  readonly #process: SimProcess;
  readonly #options: StateKeeperOptions;
  #isWatching = false;
  /** As this life of the process has seen them last. */
  #epochs: readonly (string | undefined)[] = [];

  constructor(process: SimProcess, options: StateKeeperOptions) {
    this.#process = process;
    this.#options = options;
    this.recentSids = createRecentSids({
      monotonicMs: () => process.monotonicMs(),
      eventLagMs: process.tools.durations.eventLagMs,
    });
    this.#see();
  }

  /** To be called whenever Redis has lost its state, and as the process starts. */
  async watch(): Promise<void> {
    const { backend, shardCount, sources, store, unseenForMs } = this.#options;
    if (this.#isWatching || !backend.isLost()) return;
    this.#isWatching = true;
    const { leaseMs } = this.#process.tools.durations;
    const process = this.#process;
    const back = new AbortController();
    let isFirst = true;
    let isTold = true;
    const seen = new Set<number>();
    const clock = {
      // It watches from the loss on; in production it has watched all the time.
      monotonicMs: () => process.monotonicMs() - unseenForMs(),
      sleep: async (ms: number): Promise<void> => {
        isFirst = false;
        await process.sleep(ms);
        if (!backend.isLost() && isTold && seen.size === shardCount) back.abort();
      },
    };
    const rebuild =
      sources === undefined
        ? {}
        : {
            rebuild: (missing: readonly number[], signal: AbortSignal) =>
              rebuildState(this.#rebuildDeps(sources), missing, signal),
          };
    await keepState(
      {
        ...{ shardCount, log, everyMs: leaseMs / 10, retryMs: leaseMs, clock },
        store: {
          readyEpoch: async (shard) => {
            if (isFirst) return this.#epochs[shard];
            const epoch = await store.readyEpoch(shard);
            if (epoch === undefined) seen.delete(shard);
            else seen.add(shard);
            return epoch;
          },
        },
        retell: async (seenAtMs: number, missing: readonly number[]) => {
          isTold = false;
          await this.recentSids.retell(store, seenAtMs, (ref) => missing.includes(backend.shardOf(ref)));
          isTold = true;
        },
        ...rebuild,
      },
      back.signal,
    );
    this.#isWatching = false;
    this.#see();
  }

  /** To be called when another Redis has taken the place of the one that this life has known, or did before this life. */
  async makeWritesAgain(known: string | undefined): Promise<void> {
    const { shardCount, sources, store } = this.#options;
    const { recentSids } = this;
    await makeWritesAgain(this.#process, { known, recentSids, shardCount, sources, store });
  }

  /** Only a model loses anything, and it answers at once. */
  #see(): void {
    const { backend, shardCount } = this.#options;
    const epochs = Array.from({ length: shardCount }, (_, shard) => backend.readyEpoch(shard));
    this.#epochs = epochs.flatMap((epoch) => (epoch instanceof Promise ? [] : [epoch]));
  }

  #rebuildDeps(sources: StateSources): RebuildDeps {
    const { backend, shardCount, store } = this.#options;
    const { claimRebuild, finishRebuild, holdWorkers, nowMs, rebuildChannel } = store;
    return {
      store: {
        ...{ claimRebuild, finishRebuild, holdWorkers, nowMs, rebuildChannel },
        ensureShardCount: () => Promise.resolve("same"),
        restoreSwitches: () => Promise.resolve("known"),
        shardOf: (ref) => backend.shardOf(ref),
      },
      ...{ shardCount, log, ...sources },
      accountOf: () => "account",
      durations: this.#process.tools.durations,
      newToken: () => this.#process.newToken(),
      clock: this.#process.localClock,
    };
  }
}
