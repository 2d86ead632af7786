import { expect, test } from "vitest";
import { relayOutbox } from "./relay-outbox.ts";
import type { RelayDeps } from "./relay-outbox.ts";

const entry = (id: string): Awaited<ReturnType<RelayDeps["store"]["outboxRead"]>>[number] => ({
  id,
  ref: { appId: "app", channelName: "room" },
  rev: "1",
  lifecycle: [],
  snapshots: [],
  removedAttempts: [3],
  appendedAtMs: 0,
});

function relayOf(store: Partial<RelayDeps["store"]>, publish: RelayDeps["publish"] = () => Promise.resolve()) {
  const acked: string[] = [];
  const deps: RelayDeps = {
    store: {
      claimRelay: () => Promise.resolve(true),
      releaseRelay: () => Promise.resolve("released"),
      outboxRead: (shard) => Promise.resolve([entry(`${String(shard)}-0`)]),
      outboxAck: (_shard, _token, ids) => {
        acked.push(...ids);
        return Promise.resolve("acked");
      },
      ...store,
    },
    shardCount: 3,
    token: "me",
    leaseMs: 1_000,
    publish,
  };
  return { deps, acked };
}

test("a shard whose entries cannot be read holds up no other, and is told of", async () => {
  const { deps, acked } = relayOf({
    outboxRead: (shard) =>
      shard === 0 ? Promise.reject(new Error("unreadable")) : Promise.resolve([entry(`${String(shard)}-0`)]),
  });
  await expect(relayOutbox(deps)).rejects.toThrow("1 shards could not be relayed");
  expect(acked).toEqual(["1-0", "2-0"]);
});

test("what Kafka did not take stays in Redis", async () => {
  const { deps, acked } = relayOf({}, () => Promise.reject(new Error("no broker")));
  await expect(relayOutbox(deps)).rejects.toThrow(AggregateError);
  expect(acked).toEqual([]);
});

test("a shard that another relay holds is left alone", async () => {
  const { deps, acked } = relayOf({ claimRelay: (shard) => Promise.resolve(shard === 1) });
  expect(await relayOutbox(deps)).toBe(1);
  expect(acked).toEqual(["1-0"]);
});

test("a forgotten attempt ends its key of the compacted topic", async () => {
  const published: Parameters<RelayDeps["publish"]>[0][] = [];
  const { deps } = relayOf({}, (batch) => {
    published.push(batch);
    return Promise.resolve();
  });
  await relayOutbox(deps);
  expect(published[0]?.snapshots).toEqual([{ key: "app/room/3", value: null }]);
});
