import type { ChannelRef } from "@autorec/session-store";
import { ModelChannel } from "./model-channel.ts";
import type { ModelShard } from "./model-shard.ts";

/** A channel, and the shard that it lies in. */
export interface Place {
  readonly channel: ModelChannel;
  readonly shard: ModelShard;
}

/** Everything that Redis keeps of channels, and where each one lies. */
export class ModelKeys {
  readonly shards: readonly ModelShard[];
  readonly #channels = new Map<string, ModelChannel>();

  constructor(shards: readonly ModelShard[]) {
    this.shards = shards;
  }

  /** As it is now, whatever happens to this one. */
  copy(): ModelKeys {
    const copy = new ModelKeys(this.shards.map((shard) => shard.copy()));
    for (const [member, channel] of this.#channels) copy.#channels.set(member, channel.copy());
    return copy;
  }

  shard(index: number): ModelShard {
    const shard = this.shards[index];
    if (shard === undefined) throw new RangeError(`no shard ${String(index)}`);
    return shard;
  }

  /** An empty one where nothing was stored yet. */
  placeOf(ref: ChannelRef): Place {
    const member = memberOf(ref);
    const known = this.#channels.get(member);
    const channel = known ?? new ModelChannel(ref, { member, shard: this.shardOf(ref) });
    if (known === undefined) this.#channels.set(member, channel);
    return { channel, shard: this.shard(channel.shard) };
  }

  channelOf(member: string): ModelChannel | undefined {
    return this.#channels.get(member);
  }

  shardOf(ref: ChannelRef): number {
    return shardOf(memberOf(ref), this.shards.length);
  }
}

function memberOf(ref: ChannelRef): string {
  return `${ref.appId}:${ref.channelName}`;
}

/** As session-store's: FNV-1a, 32 bit. */
function shardOf(member: string, shardCount: number): number {
  if (shardCount === 1) return 0;
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(member)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shardCount;
}
