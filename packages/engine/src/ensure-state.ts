import { AutorecError } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";

/** Where the state is kept, and what Kafka remembers of it. */
export interface EnsureStateOptions {
  readonly store: Pick<SessionStore, "ensureShardCount" | "readyState" | "markReady">;
  readonly shardCount: number;
  /** How many attempts the journal still names: what Redis should know of. */
  readonly countJournalled: () => Promise<number>;
  readonly acceptEmptyRedis: boolean;
  readonly nowMs: () => number;
}

/**
 * Makes sure that Redis holds the state of this deployment before anything is claimed. A fresh deployment is marked ready;
 * an empty Redis beside a journal that is not empty is refused, since a start with the first uid beside a running recorder
 * with the fourth would record twice.
 * @throws AutorecError REC_SHARDS_DIFFER, REC_STATE_LOST (terminal).
 */
export async function ensureState(options: EnsureStateOptions): Promise<"known" | "fresh"> {
  const { store, shardCount } = options;
  const shards = await store.ensureShardCount(shardCount);
  if (shards !== "set" && shards !== "same") {
    throw new AutorecError(
      `AUTOREC_SHARDS is ${String(shardCount)}, but this Redis was set up with ${String(shards.stored)}: set it to ${String(shards.stored)}, or use another AUTOREC_KEY_PREFIX`,
      { code: "REC_SHARDS_DIFFER", retry: "terminal", context: { given: shardCount, stored: shards.stored } },
    );
  }
  if (await isReady(options)) return "known";
  const journalled = await options.countJournalled();
  // Another process may have found the fresh state at the same time and begun to work meanwhile.
  if (await isReady(options)) return "known";
  if (journalled > 0 && !options.acceptEmptyRedis) {
    throw new AutorecError(
      `Redis holds no state, but ${String(journalled)} attempts are journalled on recording.snapshots: recorders may be running that Redis has forgotten. ` +
        "Restore Redis, or wait until those recorders have ended and start once with AUTOREC_ACCEPT_EMPTY_REDIS=1",
      { code: "REC_STATE_LOST", retry: "terminal", context: { journalled } },
    );
  }
  await store.markReady(allShards(shardCount), String(options.nowMs()));
  return "fresh";
}

async function isReady(options: EnsureStateOptions): Promise<boolean> {
  const states = await Promise.all(allShards(options.shardCount).map((shard) => options.store.readyState(shard)));
  return states.every(Boolean);
}

function allShards(count: number): readonly number[] {
  return Array.from({ length: count }, (_, shard) => shard);
}
