import type { SessionStore } from "@autorec/session-store";
import type { SimulatorClient } from "@autorec/simulator";
import type { ChannelRow } from "./channel-row.ts";
import { channelRow } from "./channel-row.ts";

/** Where a run can be looked at. */
export interface WatchedRun {
  readonly store: Pick<SessionStore, "channelRefs" | "readChannel" | "nowMs">;
  readonly shardCount: number;
  readonly simulator: Pick<SimulatorClient, "state">;
}

/** Reads what autorec has stored about all its channels and who is in them; changes nothing. */
export async function watchChannels(from: WatchedRun): Promise<readonly ChannelRow[]> {
  const { store, shardCount, simulator } = from;
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  const [nowMs, state, refs] = await Promise.all([
    store.nowMs(),
    simulator.state(),
    Promise.all(shards.map((shard) => store.channelRefs(shard))),
  ]);
  const people = new Map(state.channels.map((channel) => [channel.channelName, channel.participants.length]));
  const rows = await Promise.all(
    refs.flat().map(async (ref) => {
      const reading = await store.readChannel(ref);
      if (reading === undefined) return [];
      return [
        channelRow(ref.channelName, { people: people.get(ref.channelName) ?? 0, record: reading.view.record, nowMs }),
      ];
    }),
  );
  return rows.flat().sort((a, b) => a.channel.localeCompare(b.channel, "en", { numeric: true }));
}
