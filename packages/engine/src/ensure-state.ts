import { AutorecError } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";
import { findStateless } from "./keep-state.ts";

/** Where the state is kept, and what Kafka remembers of it. */
export interface EnsureStateOptions {
  readonly store: Pick<SessionStore, "ensureShardCount" | "readyEpoch" | "markReady">;
  readonly shardCount: number;
  /** Whether Kafka knows that this deployment has worked before: then Redis should know it too. */
  readonly hasWorked: () => Promise<boolean>;
  readonly acceptEmptyRedis: boolean;
  readonly nowMs: () => number;
}

/** `lost`: what Kafka remembers must be brought back before anything is claimed; `accepted`: somebody said that it need not. */
export type FoundState = "known" | "fresh" | "accepted" | "lost";

/**
 * Finds out whether Redis holds the state of this deployment. A fresh deployment is marked ready; an empty Redis beside a Kafka
 * that remembers is not, since a start with the first uid beside a running recorder with the fourth would record twice.
 * @throws AutorecError REC_SHARDS_DIFFER (terminal).
 */
export async function ensureState(options: EnsureStateOptions): Promise<FoundState> {
  await ensureShards(options);
  const isReady = async (): Promise<boolean> => (await findStateless(options)).length === 0;
  if (await isReady()) return "known";
  const hasWorked = !options.acceptEmptyRedis && (await options.hasWorked());
  // Another process may have found the fresh state at the same time and begun to work meanwhile.
  if (await isReady()) return "known";
  if (hasWorked) return "lost";
  const shards = Array.from({ length: options.shardCount }, (_, shard) => shard);
  await options.store.markReady(shards, String(options.nowMs()));
  return options.acceptEmptyRedis ? "accepted" : "fresh";
}

/** Fixes the shard count in a Redis that has none. @throws AutorecError REC_SHARDS_DIFFER (terminal) */
export async function ensureShards({
  shardCount,
  store,
}: {
  readonly store: Pick<SessionStore, "ensureShardCount">;
  readonly shardCount: number;
}): Promise<void> {
  const shards = await store.ensureShardCount(shardCount);
  if (shards === "set" || shards === "same") return;
  throw new AutorecError(
    `AUTOREC_SHARDS is ${String(shardCount)}, but this Redis was set up with ${String(shards.stored)}: set it to ${String(shards.stored)}, or use another AUTOREC_KEY_PREFIX`,
    { code: "REC_SHARDS_DIFFER", retry: "terminal", context: { given: shardCount, stored: shards.stored } },
  );
}
