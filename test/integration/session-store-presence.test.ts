import { expect, test } from "vitest";
import {
  anyNumber,
  attempt,
  claimed,
  commitOn,
  joined,
  left,
  newToken,
  nothingElse,
  occupiedAndClaimed,
  openStoreFixture,
  recorder,
  recording,
  room,
} from "../support/session-store.ts";

test("a first join creates the channel with a revision, counts the person and makes it due in the same step", async () => {
  const { store, redis, key } = await openStoreFixture();
  const result = await store.applyPresence(room, { events: [joined(7, 1)] });
  expect(result).toMatchObject({ changed: true, occupied: true, leaseHeld: false, applied: 1, stale: 0 });
  const reading = await store.readChannel(room);
  expect(reading?.view.presence).toEqual({ count: 1, hosts: 1, newestJoinAtMs: 1_700_000_000_000 });
  expect(reading?.view.lookAtMs).toBe(result.nowMs);
  expect(reading?.view.record).toMatchObject({
    schemaVersion: 1,
    ...room,
    want: { on: false },
    attempts: {},
    sessions: {},
  });
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBe(result.nowMs);
});

test("the same event twice changes nothing the second time, not even the revision or the due time", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  const before = await store.readChannel(room);
  const again = await store.applyPresence(room, { events: [joined(7, 1)] });
  expect(again).toMatchObject({ changed: false, applied: 0, stale: 1 });
  expect(await store.readChannel(room)).toEqual({ ...before, nowMs: anyNumber });
});

test("clientSeq is compared as a 64-bit number: 2^53 + 1 beats 2^53, and 10 beats 9", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, "9007199254740992"), left(7, "9007199254740993")] });
  await store.applyPresence(room, { events: [joined(8, "9"), left(8, "10"), joined(9, "18446744073709551615")] });
  const stale = await store.applyPresence(room, {
    events: [joined(7, "9007199254740992"), joined(8, "9"), left(9, "18446744073709551614")],
  });
  expect(stale).toMatchObject({ applied: 0, stale: 3 });
  expect((await store.readChannel(room))?.view.presence.count).toBe(1);
});

// Mutation 32: the uid is still in the channel, with another client.
test("a leave with reason 5 removes nobody and does not even consume its clientSeq", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  const before = await store.readChannel(room);
  const result = await store.applyPresence(room, { events: [left(7, 9, { reason: 5 })] });
  expect(result).toMatchObject({ changed: false, occupied: true, applied: 0, stale: 1 });
  expect(await store.readChannel(room)).toEqual({ ...before, nowMs: anyNumber });
  expect(await store.applyPresence(room, { events: [left(7, 5, { reason: 1 })] })).toMatchObject({
    applied: 1,
    occupied: false,
  });
});

test("a leave with reason 5 of a uid never seen leaves no trace", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [left(7, 9, { reason: 5 })] });
  expect(await store.readChannel(room)).toBeUndefined();
});

test("the last leave names when and why the channel became empty, and a join clears both", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1), joined(8, 1)] });
  expect(await store.applyPresence(room, { events: [left(7, 2, { reason: 1 })] })).toMatchObject({
    changed: false,
    occupied: true,
  });
  const empty = await store.applyPresence(room, { events: [left(8, 2, { reason: 4 })] });
  expect(empty).toMatchObject({ changed: true, occupied: false });
  expect((await store.readChannel(room))?.view.presence).toMatchObject({
    count: 0,
    hosts: 0,
    emptySinceMs: empty.nowMs,
    graceReason: 4,
    hostsEmptySinceMs: empty.nowMs,
    hostsGraceReason: 4,
  });
  await store.applyPresence(room, { events: [joined(7, 3)] });
  expect((await store.readChannel(room))?.view.presence).toEqual({
    count: 1,
    hosts: 1,
    newestJoinAtMs: 1_700_000_000_000,
  });
});

test("a change of role moves hosts but not participants, and the last host's going is a change by itself", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1), joined(8, 1, { role: "audience" })] });
  const result = await store.applyPresence(room, {
    events: [joined(7, 2, { kind: "role-changed", role: "audience" })],
  });
  expect(result).toMatchObject({ changed: true, occupied: true });
  const presence = (await store.readChannel(room))?.view.presence;
  expect(presence).toMatchObject({ count: 2, hosts: 0, hostsEmptySinceMs: result.nowMs });
  expect(presence?.hostsGraceReason).toBeUndefined();
  expect(presence?.emptySinceMs).toBeUndefined();
});

test("recorders and other bots never count, and a reserved uid is remembered with its presence", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(4_000_000_002, 1, recorder), joined(9, 1, { bot: true })] });
  const view = (await store.readChannel(room))?.view;
  expect(view?.presence.count).toBe(0);
  expect(view?.reservedUids).toEqual(new Map([[4_000_000_002, { online: true, joinedAtMs: 1_700_000_000_000 }]]));
  await store.applyPresence(room, { events: [left(4_000_000_002, 2, recorder)] });
  expect((await store.readChannel(room))?.view.reservedUids).toEqual(new Map([[4_000_000_002, { online: false }]]));
});

// Mutation 31: a migrated recorder that is counted keeps the channel occupied for ever.
test("a uid that a commit names as a recorder stops counting in that commit, and the holder has to read again", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  await store.applyPresence(room, { events: [joined(7, 1), joined(55, 1)] });
  await store.applyPresence(room, { events: [left(7, 2)] });
  const channel = await claimed(store, { token });
  expect(channel.view.presence.count).toBe(1);
  const before = channel.view.record;
  const after = recording(before, attempt(1, { knownUids: [55] }));
  const ok = await store.commit(room, { ...nothingElse, token, expectedRev: channel.rev, before, after });
  if (ok.kind !== "ok") throw new Error(ok.kind);
  const next = await store.commit(room, {
    ...nothingElse,
    token,
    expectedRev: ok.rev,
    before: after,
    after,
    release: true,
  });
  if (next.kind !== "conflict") throw new Error(next.kind);
  expect(next.channel.view.presence).toMatchObject({ count: 0, hosts: 0, emptySinceMs: anyNumber });
  expect(next.channel.view.reservedUids.get(55)).toMatchObject({ online: true });
});

test("a uid that is known as a recorder does not count when it joins later without a clientType", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const after = recording(channel.view.record, attempt(1, { knownUids: [55] }));
  await commitOn(store, channel, { token, after });
  await store.applyPresence(room, { events: [joined(55, 1)] });
  expect((await store.readChannel(room))?.view.presence.count).toBe(1);
});

test.each([
  ["the leave of an own recorder", left(4_000_000_002, 2, { bot: true, reserved: true })],
  ["a join of a recording client", joined(99, 1, { bot: true, recorderClient: true })],
  ["a reason to look", { kind: "look" as const }],
])("%s sets lookAt and makes the channel due although nobody came or went", async (_, event) => {
  const { store, redis, key } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const after = recording(channel.view.record, attempt(1));
  await commitOn(store, channel, {
    token,
    after,
    dueAtMs: channel.nowMs + 100_000,
    release: true,
  });
  const result = await store.applyPresence(room, { events: [event] });
  expect(result.changed).toBe(true);
  expect((await store.readChannel(room))?.view.lookAtMs).toBe(result.nowMs);
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBe(result.nowMs);
});

test("a reason to look at a channel that nobody has seen creates nothing", async () => {
  const { store } = await openStoreFixture();
  expect(await store.applyPresence(room, { events: [{ kind: "look" }] })).toMatchObject({ changed: false });
  expect(await store.channelRefs(0)).toEqual([]);
});

test("a destroyed channel loses who joined before, keeps who joined after, and old copies bring nobody back", async () => {
  const { store } = await openStoreFixture();
  const events = [joined(7, 1, { atMs: 1_000 }), joined(8, 1, { atMs: 3_000 }), joined(9, 1, { atMs: 2_000 })];
  await store.applyPresence(room, { events });
  await store.applyPresence(room, { events: [{ kind: "look", destroyedAtMs: 2_000 }, ...events] });
  expect((await store.readChannel(room))?.view.presence.count).toBe(2);
});

test.each(["READY", "LIVE", "CONF", "GHOST"] as const)(
  "a destroyed channel is only looked at while an attempt is %s",
  async (st) => {
    const { store } = await openStoreFixture();
    const token = newToken();
    const channel = await occupiedAndClaimed(store, { token });
    const after = recording(channel.view.record, attempt(1, { st }));
    await commitOn(store, channel, {
      token,
      after,
      release: true,
    });
    const result = await store.applyPresence(room, { events: [{ kind: "look", destroyedAtMs: 1_800_000_000_000 }] });
    expect(result).toMatchObject({ changed: true, occupied: true });
  },
);

test("leaves are remembered for their life and at most so many, oldest first, but never shorter than the least life", async () => {
  const { store, redis, key } = await openStoreFixture({ tombstones: { lifeMs: 60_000, countMax: 3, lifeMsMin: 0 } });
  for (const uid of [11, 12, 13, 14, 15]) await store.applyPresence(room, { events: [left(uid, 2)] });
  expect((await redis.hkeys(key("pr", room))).sort()).toEqual(["13", "14", "15"]);
  expect(await store.applyPresence(room, { events: [joined(15, 1)] })).toMatchObject({ stale: 1 });

  const kept = await openStoreFixture({ tombstones: { lifeMs: 60_000, countMax: 1, lifeMsMin: 60_000 } });
  for (const uid of [11, 12, 13]) await kept.store.applyPresence(room, { events: [left(uid, 2)] });
  expect(await kept.redis.hlen(kept.key("pr", room))).toBe(3);
});

test("a leave older than its life is forgotten, with the reserved uid that only events had named", async () => {
  const { store, redis, key } = await openStoreFixture({ tombstones: { lifeMs: 0, countMax: 10, lifeMsMin: 0 } });
  await store.applyPresence(room, { events: [left(4_000_000_002, 2, recorder)] });
  await store.applyPresence(room, { events: [left(8, 2)] });
  expect(await redis.exists(key("pr", room), key("uids", room), key("gone", room))).toBe(0);
});

test("a channel that only a leave has named is looked at once, when its tombstones have expired", async () => {
  const { store, redis, key } = await openStoreFixture();
  const { nowMs, changed } = await store.applyPresence(room, { events: [left(7, 2)] });
  expect(changed).toBe(false);
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBe(nowMs + 86_400_000);
});

test("more events than one script takes are applied in pieces, with one answer", async () => {
  const { store } = await openStoreFixture();
  const events = Array.from({ length: 1_201 }, (_, i) => joined(i + 1, 1));
  expect(await store.applyPresence(room, { events })).toMatchObject({
    applied: 1_201,
    stale: 0,
    changed: true,
    occupied: true,
  });
  expect((await store.readChannel(room))?.view.presence.count).toBe(1_201);
});
