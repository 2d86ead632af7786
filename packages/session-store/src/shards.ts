import type { StoreContext } from "./store-context.ts";

/** `differs`: another count was fixed at the first start, and channels would be looked for in the wrong shard. */
export type ShardCountResult = "set" | "same" | { readonly kind: "differs"; readonly stored: number };

/** Fixes the number of shards at the first start; later it only says whether this process agrees. */
export async function ensureShardCount(context: StoreContext, count: number): Promise<ShardCountResult> {
  const { shardCountKey } = context.keys;
  const written = await context.call("set", (client) => client.set(shardCountKey, count, "NX"));
  if (written === "OK") return "set";
  const stored = Number(await context.call("get", (client) => client.get(shardCountKey)));
  return stored === count ? "same" : { kind: "differs", stored };
}

/**
 * Since when the shard's state is complete, so that channels may be claimed; undefined = it is not. Another word than before = it
 * was lost and rebuilt.
 */
export async function readyEpoch(context: StoreContext, shard: number): Promise<string | undefined> {
  return (await context.call("get", (client) => client.get(context.keys.shard(shard).ready))) ?? undefined;
}

/** Declares shards complete; one that is ready keeps the epoch it has. */
export async function markReady(context: StoreContext, shards: readonly number[], epoch: string): Promise<void> {
  await Promise.all(
    shards.map((shard) => context.call("set", (client) => client.set(context.keys.shard(shard).ready, epoch, "NX"))),
  );
}
