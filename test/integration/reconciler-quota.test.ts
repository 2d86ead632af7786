import { expect, test, vi } from "vitest";
import { keepWorkers } from "../../services/watchdog/src/keep-workers.ts";
import { openReconciling, shortDurations } from "../support/reconciler.ts";
import type { Reconciling } from "../support/reconciler.ts";
import { appId, certificate, customer } from "../support/reconciling-app.ts";

const patience = { timeout: 90_000, interval: 100 } as const;
const account = "account";

/** A simulator that allows exactly what the workers believe that it does. */
async function openLimited(quota: {
  readonly requestsPerSecond: number;
  readonly workers: number;
}): Promise<Reconciling> {
  const { requestsPerSecond, workers } = quota;
  return openReconciling({
    simulator: {
      accounts: [
        { ...customer, requestsPerSecond, workersMax: workers, apps: [{ appId, appCertificate: certificate }] },
      ],
    },
  });
}

function refusals(world: Reconciling): readonly unknown[] {
  return world
    .history()
    .filter((line) => line.kind === "request" && (line.status === 429 || (line.status === 400 && line.code === 406)));
}

const roomsOf = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `room-${String(i)}`);

async function covered(world: Reconciling, rooms: readonly string[]): Promise<readonly string[]> {
  const states = await Promise.all(
    rooms.map(async (room) => (await world.attempts(room)).some(({ st }) => st === "CONF")),
  );
  return rooms.filter((_, i) => states[i]);
}

test("three processes, more channels than workers, few requests: nobody is ever refused by Agora, and the greater priority goes first (I7)", async () => {
  const quota = { requestsPerSecond: 12, workers: 4 };
  const world = await openLimited(quota);
  const rooms = roomsOf(7);
  const priorityOf = (room: string): number => (room === "room-6" ? 10 : 0);
  for (const name of ["w1", "w2", "w3"]) world.worker(name, { quota, priorityOf }).watch();
  for (const room of rooms.slice(0, 4)) await world.join(7, room);
  await vi.waitFor(async () => {
    expect(await covered(world, rooms)).toHaveLength(4);
  }, patience);

  for (const room of rooms.slice(4)) await world.join(7, room);
  await vi.waitFor(async () => {
    expect(await world.store.readQuota(account, quota)).toMatchObject({ workersUsed: 4, waitingForWorker: 3 });
  }, patience);
  expect((await world.attempts("room-6")).at(-1)).toMatchObject({ st: "CLAIMED", waitingFor: "quota_workers" });

  await world.leave(7, "room-0");
  await vi.waitFor(async () => {
    expect(await covered(world, ["room-6"])).toHaveLength(1);
  }, patience);
  expect(await covered(world, ["room-4", "room-5"])).toEqual([]);
  for (const room of ["room-1", "room-2"]) await world.leave(7, room);
  await vi.waitFor(async () => {
    expect(await covered(world, ["room-3", "room-4", "room-5", "room-6"])).toHaveLength(4);
  }, patience);
  expect(refusals(world)).toEqual([]);
}, 180_000);

test("polls of all workers together never make a start wait or cause a 429, however tight the budget (I7)", async () => {
  const quota = { requestsPerSecond: 6, workers: 40 };
  const world = await openLimited(quota);
  const rooms = roomsOf(14);
  for (const name of ["w1", "w2", "w3"]) world.worker(name, { quota }).watch();
  for (const room of rooms) await world.join(7, room);
  await vi.waitFor(async () => {
    expect(await covered(world, rooms)).toHaveLength(rooms.length);
  }, patience);
  // 14 polls in 3 s are 4.7 per second of 4.8 that polls may use: tight.
  const joinedAtMs = Date.now();
  await world.join(7, "late");
  await vi.waitFor(() => {
    expect(world.joinedRecorders("late")).toHaveLength(1);
  }, patience);
  const latencyMs = (world.joinedRecorders("late")[0]?.atMs ?? Infinity) - joinedAtMs;
  // Two requests, each behind what has left in one window, and the schedule's tick.
  expect(latencyMs).toBeLessThan(2 * 1_030 + 2_000);
  expect(refusals(world)).toEqual([]);
}, 180_000);

test("a process that dies with a reservation costs the worker until the janitor has looked, and no longer", async () => {
  const quota = { requestsPerSecond: 100, workers: 1 };
  const world = await openLimited(quota);
  const ref = { appId, channelName: "gone" };
  const short = { workers: 1, reserveMs: 300, retryMs: 500 };
  const worker = { ref, n: 1, isTakeover: false, priority: 0, waitingSinceMs: 1, ...short };
  await world.store.takeRequest(account, { class: "start", requestsPerSecond: 100, worker });
  world.worker("w1", { quota }).watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CLAIMED", waitingFor: "quota_workers" }]);
  }, patience);
  await vi.waitFor(async () => {
    await keepWorkers({ store: world.store, accounts: [account], durations: shortDurations });
    expect(await world.attempts()).toMatchObject([{ st: "CONF" }]);
  }, patience);
  expect(await world.store.readQuota(account, quota)).toMatchObject({ workersUsed: 1, waitingForWorker: 0 });
  expect(refusals(world)).toEqual([]);

  await world.leave(7);
  await vi.waitFor(async () => {
    expect(await world.store.readQuota(account, quota)).toMatchObject({ workersUsed: 0 });
  }, patience);
}, 180_000);

test("when Agora allows less than is configured, 406 and 429 shrink the budget, and the channel is recorded once there is room", async () => {
  const world = await openLimited({ requestsPerSecond: 20, workers: 1 });
  const believed = { requestsPerSecond: 20, workers: 10 };
  const worker = world.worker("w1", { quota: believed });
  worker.watch();
  await world.join(7, "first");
  await vi.waitFor(async () => {
    expect(await covered(world, ["first"])).toHaveLength(1);
  }, patience);
  await world.join(7, "second");
  await vi.waitFor(async () => {
    expect((await world.store.readQuota(account, believed)).workersLimit).toBeLessThan(10);
    expect(await world.attempts("second")).toMatchObject([{ st: "CLAIMED", waitingFor: "quota_workers" }]);
  }, patience);
  await world.leave(7, "first");
  await vi.waitFor(async () => {
    expect(await covered(world, ["second"])).toHaveLength(1);
  }, patience);
}, 180_000);
