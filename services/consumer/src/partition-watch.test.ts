import { createLogger } from "@autorec/service-kit";
import { beforeEach, expect, test } from "vitest";
import { PartitionWatch } from "./partition-watch.ts";

const { log } = createLogger({ service: "consumer", instanceId: "test", version: "0", level: "silent" });
const lag = new Map<number, number>();
let released: (readonly [number, string])[] = [];
let ends = new Map([[0, 100n]]);
let lags = new Map([[0, 0]]);
let fetchEnds = () => Promise.resolve(ends);
let monotonicMs = 0;
let fails = false;
let hold: bigint | undefined;

function createWatch(): PartitionWatch {
  return new PartitionWatch({
    fetchEndOffsets: () => fetchEnds(),
    fetchLag: () => Promise.resolve(lags),
    highestHold: () => (fails ? Promise.reject(new Error("redis away")) : Promise.resolve(hold)),
    releaseHolds(partition, offset) {
      if (fails) return Promise.reject(new Error("redis away"));
      released.push([partition, offset]);
      return Promise.resolve(1);
    },
    setLag: (partition, records) => void lag.set(partition, records),
    clearLag: (partition) => void lag.delete(partition),
    monotonicMs: () => monotonicMs,
    log,
  });
}

const batch = (nextOffset: string, endOffset: string) => ({ partition: 0, records: [], nextOffset, endOffset });

beforeEach(() => {
  lag.clear();
  released = [];
  ends = new Map([[0, 100n]]);
  lags = new Map([[0, 0]]);
  fetchEnds = () => Promise.resolve(ends);
  monotonicMs = 0;
  fails = false;
  hold = undefined;
});

test("a hold ends when the partition is applied up to the end that was known at the hold", async () => {
  const watch = createWatch();
  watch.assigned([0]);
  await watch.committed(batch("40", "100"), true);
  await watch.committed(batch("90", "120"), false);
  expect(released).toEqual([]);
  await watch.committed(batch("100", "130"), false);
  expect(released).toEqual([[0, "100"]]);
  await watch.committed(batch("130", "130"), false);
  expect(released).toHaveLength(1);
});

test("a new owner of a partition that has been read to its end ends the holds its predecessor left", async () => {
  const watch = createWatch();
  watch.assigned([0]);
  await watch.refresh();
  expect(released).toEqual([[0, "100"]]);
  await watch.refresh();
  expect(released).toHaveLength(1);
  monotonicMs += 60_000;
  await watch.refresh();
  expect(released).toHaveLength(2);
});

test("while the partition lags, only holds behind the committed offset end", async () => {
  const watch = createWatch();
  watch.assigned([0]);
  lags = new Map([[0, 30]]);
  await watch.refresh();
  await watch.refresh();
  expect(released).toEqual([
    [0, "70"],
    [0, "70"],
  ]);
});

test("a hold beyond the end was left by a topic that is made anew since: all holds end when that one has been read", async () => {
  const watch = createWatch();
  watch.assigned([0]);
  await watch.committed(batch("470", "500"), true);
  hold = 500n;
  lags = new Map([[0, 30]]);
  await watch.refresh();
  expect(released).toEqual([[0, "70"]]);
  lags = new Map([[0, 0]]);
  await watch.refresh();
  expect(released.slice(1)).toEqual([[0, "500"]]);
  // Nor does this process wait for its own hold any more.
  await watch.committed(batch("600", "600"), false);
  expect(released).toHaveLength(2);
});

test("a hold that is written while the ends are being asked for does not pass for one of an older topic", async () => {
  const watch = createWatch();
  watch.assigned([0]);
  fetchEnds = () => {
    const known = ends;
    hold = 120n;
    return Promise.resolve(known);
  };
  await watch.refresh();
  expect(released).toEqual([[0, "100"]]);
});

test("the lag is known although Redis is away", async () => {
  const watch = createWatch();
  watch.assigned([0]);
  fails = true;
  await watch.refresh();
  expect(watch.unknownLag).toEqual([]);
});

test("a release that failed is tried again", async () => {
  const watch = createWatch();
  watch.assigned([0]);
  fails = true;
  await watch.committed(batch("100", "100"), true);
  fails = false;
  await watch.refresh();
  expect(released).toEqual([[0, "100"]]);
});

test("lag is known after a batch or a refresh, shown only for partitions held, and gone with them", async () => {
  const watch = createWatch();
  watch.assigned([0]);
  expect(watch.unknownLag).toEqual([0]);
  await watch.committed(batch("40", "100"), false);
  expect(watch.unknownLag).toEqual([]);
  expect(lag.get(0)).toBe(60);
  watch.revoked();
  expect(lag.has(0)).toBe(false);
  expect(watch.isMember).toBe(false);
  await watch.committed(batch("100", "100"), true);
  expect(released).toEqual([]);
});
