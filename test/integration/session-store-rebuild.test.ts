import { fastDurations, rebuildRecord } from "@autorec/domain";
import type { Attempt } from "@autorec/domain";
import { expect, test } from "vitest";
import {
  anyNumber,
  attempt,
  claimed,
  commitOn,
  joined,
  leaseMs,
  newToken,
  occupiedAndClaimed,
  openStoreFixture,
  recording,
  room,
  sidFact,
} from "../support/session-store.ts";

const token = newToken();
const live = attempt(3, { st: "LIVE", k: 4, resourceId: "res", sid: "sid-1", knownUids: [4_000_000_006, 77] });

function rebuildOf(...attempts: readonly Attempt[]) {
  const record = rebuildRecord({ ref: room, attempts, nowMs: 1_000, durations: fastDurations });
  return { token, record, rev: "5" };
}

async function lost() {
  const fixture = await openStoreFixture({ ready: false });
  expect(await fixture.store.claimRebuild(0, { token, leaseMs })).toMatchObject({ kind: "claimed" });
  return fixture;
}

test("one process at a time may rebuild a shard; asking again with its token lengthens the right", async () => {
  const { store, redis, key } = await openStoreFixture({ ready: false });
  const first = await store.claimRebuild(0, { token, leaseMs: 5_000 });
  expect(first).toEqual({ kind: "claimed", sinceMs: anyNumber, nowMs: anyNumber });
  const sinceMs = first.kind === "claimed" ? first.sinceMs : 0;
  expect(await store.claimRebuild(0, { token: newToken(), leaseMs })).toEqual({ kind: "busy" });
  expect(await store.claimRebuild(0, { token, leaseMs })).toMatchObject({ kind: "claimed", sinceMs });
  expect(await redis.pttl(key("rebuild"))).toBeGreaterThan(5_000);
});

test("a right that is over goes to the next process, which learns when the loss was first seen", async () => {
  const { store, redis, key } = await openStoreFixture({ ready: false });
  const first = await store.claimRebuild(0, { token, leaseMs });
  await redis.del(key("rebuild"));
  const next = await store.claimRebuild(0, { token: newToken(), leaseMs });
  expect(next).toMatchObject({ kind: "claimed", sinceMs: first.kind === "claimed" ? first.sinceMs : 0 });
  expect(await store.rebuildChannel(room, rebuildOf(live))).toBe("lost");
  expect(await store.finishRebuild(0, { token })).toBe("lost");
  expect(await redis.exists(key("ready"), key("ch", room))).toBe(0);
});

test("a right is not lengthened beyond another loss: what was brought back until then is gone", async () => {
  const { store, redis, key } = await openStoreFixture({ ready: false });
  const first = await store.claimRebuild(0, { token, leaseMs });
  const order = { token, leaseMs, sinceMs: first.kind === "claimed" ? first.sinceMs : 0 };
  expect(await store.claimRebuild(0, order)).toMatchObject({ kind: "claimed", sinceMs: order.sinceMs });
  await redis.del(key("rebuild"), key("lost-at"));
  expect(await store.claimRebuild(0, order)).toEqual({ kind: "busy" });
  expect(await store.finishRebuild(0, { token })).toBe("lost");
  expect(await store.claimRebuild(0, { token: newToken(), leaseMs })).toMatchObject({ kind: "claimed" });
  expect(await store.claimRebuild(0, order)).toEqual({ kind: "busy" });
});

test("a shard that is ready is nobody's to rebuild", async () => {
  const { store, redis, key } = await openStoreFixture();
  expect(await store.claimRebuild(0, { token, leaseMs })).toEqual({ kind: "ready" });
  await redis.set(key("rebuild"), token);
  expect(await store.rebuildChannel(room, rebuildOf(live))).toBe("lost");
});

test("a rebuilt channel is due and claimed as soon as its shard is finished, and not before", async () => {
  const { store } = await lost();
  expect(await store.rebuildChannel(room, rebuildOf(live))).toBe("rebuilt");
  const claim = { token: newToken(), owner: "w", leaseMs };
  expect(await store.claimOne(room, claim)).toEqual({ kind: "not_ready" });
  expect(await store.finishRebuild(0, { token })).toBe("ready");
  expect(await store.finishRebuild(0, { token }), "twice").toBe("ready");
  const { view } = await claimed(store, claim);
  expect(view.record).toEqual({ ...rebuildOf(live).record });
  expect(view.reservedUids.get(77), "a migration's uid is known again").toEqual({ online: false });
});

test("a record that exists is never replaced, a second rebuild of the same changes nothing", async () => {
  const { store, redis, key } = await lost();
  await store.rebuildChannel(room, rebuildOf(live));
  const before = await redis.hgetall(key("ch", room));
  expect(await store.rebuildChannel(room, rebuildOf(attempt(1)))).toBe("exists");
  expect(await store.rebuildChannel(room, rebuildOf(live))).toBe("exists");
  expect(await redis.hgetall(key("ch", room))).toEqual(before);
});

test("a record that a decision has stored is never replaced", async () => {
  const { store, redis, key } = await openStoreFixture();
  const holder = newToken();
  const channel = await occupiedAndClaimed(store, { token: holder });
  await commitOn(store, channel, { token: holder, after: recording(channel.view.record, attempt(9)), release: true });
  await redis.del(key("ready"));
  await store.claimRebuild(0, { token, leaseMs });
  expect(await store.rebuildChannel(room, rebuildOf(live))).toBe("exists");
  const reading = await store.readChannel(room);
  expect(Object.keys(reading?.view.record.attempts ?? {})).toEqual(["9"]);
});

test("presence and facts that came after the loss stay, and a recorder's uid stops counting as a person", async () => {
  const { store } = await lost();
  await store.applyPresence(room, { events: [joined(7, 1), joined(77, 1)] });
  await store.fact(room, sidFact(3));
  expect(await store.rebuildChannel(room, rebuildOf(live))).toBe("rebuilt");
  const reading = await store.readChannel(room);
  expect(reading?.view.presence).toMatchObject({ count: 1, hosts: 1 });
  expect(reading?.view.facts).toHaveLength(1);
});

test("revisions grow beyond those of the snapshots, even on a Redis whose clock is behind", async () => {
  const { store } = await lost();
  const ahead = String((Date.now() + 86_400_000) * 1_000);
  await store.rebuildChannel(room, { ...rebuildOf(live), rev: ahead });
  expect(BigInt((await store.readChannel(room))?.rev ?? 0)).toBe(BigInt(ahead) + 1n);
});

test("a process whose Redis is emptied again while it rebuilds neither goes on nor opens the shard", async () => {
  const { store, redis, prefix } = await lost();
  await redis.del(`${prefix}:rebuild:{0}`);
  expect(await store.rebuildChannel(room, rebuildOf(live))).toBe("lost");
  expect(await store.finishRebuild(0, { token })).toBe("lost");
});
