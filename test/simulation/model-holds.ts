import type { ModelChannel } from "./model-channel.ts";

interface Mark {
  readonly partition: number;
  readonly offset: string;
}

/** The replay gate of a shard: channels that an old join holds back until its partition has been read so far. */
export class ModelHolds {
  /** By partition, then by member: the padded offset that each hold lasts until. */
  readonly #partitions = new Map<number, Map<string, string>>();

  copy(): ModelHolds {
    const copy = new ModelHolds();
    for (const [partition, holds] of this.#partitions) copy.#partitions.set(partition, new Map(holds));
    return copy;
  }

  /** False when there is nothing to hold back for, or a later hold is there. */
  begin(channel: ModelChannel, hold: Mark | undefined): boolean {
    if (hold === undefined) return false;
    const offset = padded(hold.offset);
    if (channel.held?.partition === hold.partition && offset <= channel.held.offset) return false;
    channel.held = { partition: hold.partition, offset };
    const holds = this.#partitions.get(hold.partition) ?? new Map<string, string>();
    this.#partitions.set(hold.partition, holds.set(channel.member, offset));
    return true;
  }

  /** Whether what was applied with this offset ends the channel's hold. */
  end(channel: ModelChannel, applied: Mark | undefined): boolean {
    const { held } = channel;
    if (held === undefined || applied?.partition !== held.partition) return false;
    if (padded(applied.offset) < held.offset) return false;
    channel.held = undefined;
    this.#partitions.get(applied.partition)?.delete(channel.member);
    return true;
  }

  /** Ends the holds of a partition up to this offset; answers whose. */
  release(
    partition: number,
    appliedOffset: string,
    channelOf: (member: string) => ModelChannel | undefined,
  ): readonly ModelChannel[] {
    const holds = this.#partitions.get(partition) ?? new Map<string, string>();
    const released: ModelChannel[] = [];
    for (const [member, until] of [...holds]) {
      if (BigInt(until) > BigInt(appliedOffset)) continue;
      const channel = channelOf(member);
      if (channel?.held?.partition !== partition) {
        holds.delete(member);
        continue;
      }
      if (padded(appliedOffset) < channel.held.offset) continue;
      channel.held = undefined;
      holds.delete(member);
      released.push(channel);
    }
    return released;
  }

  highest(partition: number): string | undefined {
    const offsets = [...(this.#partitions.get(partition)?.values() ?? [])].map(BigInt);
    return offsets.length === 0 ? undefined : String(offsets.reduce((a, b) => (a > b ? a : b)));
  }
}

function padded(digits: string): string {
  return digits.padStart(20, "0");
}
