import { expect, test, vi } from "vitest";
import { relayOutbox, tendOutbox } from "./relay-outbox.ts";
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
  expect(await relayOutbox(deps)).toEqual({ shards: 3, entries: 1 });
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

test("a shard in which nothing waits costs one look, and all are looked at side by side", async () => {
  const answers: (() => void)[] = [];
  const claimRelay = vi.fn(() => Promise.resolve(true));
  const { deps } = relayOf({
    claimRelay,
    outboxRead: () => new Promise((resolve) => answers.push(() => resolve([]))),
  });
  const relayed = relayOutbox(deps);
  expect(answers).toHaveLength(3);
  for (const answer of answers) answer();
  expect(await relayed).toEqual({ shards: 0, entries: 0 });
  expect(claimRelay).not.toHaveBeenCalled();
});

test("what waited when the shard was looked at is read again under the lease: another relay may have told it meanwhile", async () => {
  const told: string[] = [];
  let looks = 0;
  const { acked, deps } = relayOf(
    {
      // By the second look the other relay has told the older entry.
      outboxRead: (shard) => {
        looks += 1;
        if (shard !== 0) return Promise.resolve([]);
        return Promise.resolve(looks <= 3 ? [entry("1-0")] : [entry("2-0")]);
      },
    },
    ({ snapshots }) => {
      told.push(...snapshots.map(({ key }) => key));
      return Promise.resolve();
    },
  );
  await relayOutbox(deps);
  expect(told).toHaveLength(1);
  expect(acked).toEqual(["2-0"]);
});

test("how long the oldest entry waits is told also when Kafka takes nothing, and is not asked when nothing waits", async () => {
  const oldest = vi.fn(() => Promise.resolve(7_000));
  const waits: number[] = [];
  const oldestWaits = (ms: number): void => void waits.push(ms);
  const broken = relayOf({}, () => Promise.reject(new Error("no broker"))).deps;
  const store = { ...broken.store, outboxOldestAgeMs: oldest };
  await expect(tendOutbox({ ...broken, store, oldestWaits })).rejects.toThrow(AggregateError);
  expect(waits).toEqual([7_000]);
  const nothing = () => Promise.resolve([]);
  await tendOutbox({ ...broken, store: { ...store, outboxRead: nothing }, oldestWaits });
  expect(waits).toEqual([7_000, 0]);
  expect(oldest).toHaveBeenCalledTimes(1);
});
