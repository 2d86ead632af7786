import { createSessionStore } from "@autorec/session-store";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Reconciling } from "../support/reconciler.ts";
import { openReconciling } from "../support/reconciler.ts";
import { deletePrefix, openBareRedis, randomPrefix, testRedisUrl } from "../support/redis.ts";

const patience = { timeout: 60_000, interval: 50 } as const;

/** Recorders that wait for people leave after six seconds; a try every now and then is far apart. */
const impatient = { maxIdleMs: 6_000, probeAfterMs: [12_000, 60_000] };

async function confirmed(world: Reconciling, index = 0): Promise<void> {
  await vi.waitFor(async () => expect((await world.attempts())[index]).toMatchObject({ st: "CONF" }), patience);
}

// The last leave of a channel is lost: presence says for ever that somebody is there.
test("a lost leave never becomes an endless restart loop: one dry recorder, then a try now and then, until new evidence", async () => {
  const loses = ({ eventType, payload }: { readonly eventType: number; readonly payload: { readonly uid?: number } }) =>
    payload.uid === 7 && (eventType === 104 || eventType === 108);
  const world = await openReconciling({ durations: impatient, rule: { maxIdleMs: 6_000 }, loses });
  world.worker("w1").watch();
  await world.join(7);
  await vi.waitFor(async () => expect((await world.attempts())[0]).toMatchObject({ everStatus5: true }), patience);
  await world.simulator.client.leave({ channelName: "room", uid: 7 });

  // It has met somebody, so it is replaced; the next one meets nobody for as long as it waits.
  await vi.waitFor(() => expect(world.leftRecorders()).toHaveLength(2), patience);
  expect(world.leftRecorders()).toMatchObject([{ cause: "idle" }, { cause: "idle" }]);
  await vi.waitFor(async () => {
    const reading = await world.store.readChannel({ appId: world.appId, channelName: "room" });
    expect(reading?.view.presence).toMatchObject({ count: 0, doubtful: { count: 1 } });
    expect(reading?.view.record.want).toMatchObject({ on: false, cause: "doubtful" });
  }, patience);

  // The one try; five restarts would fit into this time.
  await vi.waitFor(() => expect(world.leftRecorders()).toHaveLength(3), patience);
  const doubtedAtMs = world.leftRecorders()[1]?.atMs ?? 0;
  const triedAtMs = world.joinedRecorders()[2]?.atMs ?? 0;
  expect(triedAtMs - doubtedAtMs).toBeGreaterThan(12_000);
  const endAtMs = Date.now() + 15_000;
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(endAtMs), { timeout: 20_000, interval: 500 });
  expect(world.requests("start")).toHaveLength(3);

  await world.join(8);
  await vi.waitFor(() => expect(world.requests("start")).toHaveLength(4), patience);
}, 120_000);

test("a try that finds somebody goes on: a silent person whose recorder was lost is recorded again", async () => {
  const world = await openReconciling({
    durations: { ...impatient, probeAfterMs: [3_000, 60_000] },
    rule: { maxIdleMs: 6_000 },
  });
  world.worker("w1").watch();
  await world.join(7);
  await confirmed(world);
  const ref = { appId: world.appId, channelName: "room" };
  // Nobody could know that this person is still there.
  await world.markDoubtful();
  await vi.waitFor(async () => {
    expect((await world.store.readChannel(ref))?.view.record.want).toMatchObject({ on: false, cause: "doubtful" });
  }, patience);
  await vi.waitFor(async () => {
    expect((await world.store.readChannel(ref))?.view.record.want).toMatchObject({ on: true, cause: "probe" });
  }, patience);
  await vi.waitFor(async () => {
    const view = (await world.store.readChannel(ref))?.view;
    expect(view?.presence).toMatchObject({ count: 1 });
    expect(view?.record.want).toMatchObject({ on: true, cause: "occupied" });
  }, patience);
  expect(world.live()).toHaveLength(1);
  expect(world.requests("start")).toHaveLength(2);
}, 60_000);

test("a migrated recorder whose join says neither that it is a recorder nor whose keeps no empty channel recorded", async () => {
  const world = await openReconciling({
    durations: { graceMs: 1_000 },
    rule: { coverAfterMs: 4_500, graceMs: 1_000, graceNormalMs: 500 },
    simulator: { switches: { migrationJoinClientType: false } },
  });
  world.worker("w1").watch();
  await world.join(7);
  await confirmed(world);
  await world.simulator.client.migrate({ channelName: "room", windowMs: 1_500 });
  const ref = { appId: world.appId, channelName: "room" };
  await vi.waitFor(async () => {
    expect((await world.store.readChannel(ref))?.view.presence).toMatchObject({ count: 1, maybeRecorders: 1 });
    expect(await world.attempts()).toMatchObject([{ st: "CONF", n404: 0 }]);
  }, patience);
  await world.leave(7);
  const leftAtMs = Date.now();
  await vi.waitFor(() => expect(world.live()).toEqual([]), patience);
  expect(world.leftRecorders().at(-1)).toMatchObject({ cause: "stop" });
  // Three times the grace, since the unknown uid might have been a person.
  expect((world.leftRecorders().at(-1)?.atMs ?? 0) - leftAtMs).toBeGreaterThan(2_500);
  expect(world.requests("start")).toHaveLength(1);
}, 60_000);

test("two deployments on one App ID record the same channel and never keep each other's channels alive", async () => {
  const prefix = randomPrefix();
  const other = createSessionStore({ redis: { url: testRedisUrl() }, prefix, shardCount: 1 });
  await other.markReady([0], "epoch-1");
  onTestFinished(async () => {
    await other.close();
    const redis = openBareRedis();
    await deletePrefix(redis, prefix);
    await redis.quit();
  });
  // Recorders are told as people are: only the range of their uids says what they are.
  const world = await openReconciling({
    otherStores: [other],
    simulator: { switches: { recorderEvents: "communication" } },
  });
  world.worker("ours").watch();
  world.worker("theirs", { deployment: { prefix, deploymentId: "other" } }).watch();
  await world.join(7);
  await vi.waitFor(() => expect(world.live()).toHaveLength(2), patience);
  const [ours, theirs] = world.live();
  expect(ours?.uid).not.toBe(theirs?.uid);
  await vi.waitFor(() => expect(world.requests("query").length).toBeGreaterThan(3), patience);
  await world.leave(7);
  await vi.waitFor(() => expect(world.live()).toEqual([]), patience);
  expect(world.leftRecorders()).toMatchObject([{ cause: "stop" }, { cause: "stop" }]);
  const ref = { appId: world.appId, channelName: "room" };
  await vi.waitFor(async () => {
    for (const store of [world.store, other])
      expect(Object.values((await store.readChannel(ref))?.view.record.attempts ?? {})).toMatchObject([
        { st: "CLOSED" },
      ]);
  }, patience);
  expect(world.requests("start")).toHaveLength(2);
}, 60_000);

test("the live profile: a recorder without a host leaves, is not replaced for the audience, and one comes with the next host", async () => {
  const world = await openReconciling({
    durations: { graceMs: 500 },
    rule: { channelType: 1, graceMs: 20_000, graceNormalMs: 20_000, maxIdleMs: 6_000, coverAfterMs: 500 },
  });
  world.worker("w1").watch();
  const { client } = world.simulator;
  await client.join({ channelName: "room", uid: 7, role: "host" });
  await client.join({ channelName: "room", uid: 8, role: "audience" });
  await confirmed(world);
  await client.leave({ channelName: "room", uid: 7 });
  await vi.waitFor(() => expect(world.leftRecorders()).toMatchObject([{ cause: "idle" }]), patience);
  const ref = { appId: world.appId, channelName: "room" };
  await vi.waitFor(async () => {
    const record = (await world.store.readChannel(ref))?.view.record;
    expect(record?.slots.primary.resp).toBe(0);
    expect(record?.want).toMatchObject({ on: true, cause: "grace" });
  }, patience);
  expect(world.requests("start")).toHaveLength(1);
  await client.join({ channelName: "room", uid: 9, role: "host" });
  await vi.waitFor(() => expect(world.requests("start")).toHaveLength(2), patience);
}, 60_000);

test("the live profile with countAudience: the audience keeps it recorded, one recorder after the other", async () => {
  const world = await openReconciling({
    durations: impatient,
    rule: { channelType: 1, countAudience: true, maxIdleMs: 6_000, coverAfterMs: 500 },
  });
  world.worker("w1").watch();
  await world.simulator.client.join({ channelName: "room", uid: 8, role: "audience" });
  await vi.waitFor(() => expect(world.joinedRecorders()).toHaveLength(3), patience);
  expect(world.leftRecorders().slice(0, 2)).toMatchObject([{ cause: "idle" }, { cause: "idle" }]);
  const presence = (await world.store.readChannel({ appId: world.appId, channelName: "room" }))?.view.presence;
  expect(presence).toMatchObject({ count: 1, hosts: 0 });
  expect(presence).not.toHaveProperty("doubtful");
}, 60_000);
