import type { PresenceMark } from "@autorec/domain";
import { expect, test } from "vitest";
import type { StoreFixture } from "../support/session-store.ts";
import {
  claimed,
  commitOn,
  joined,
  left,
  newToken,
  occupiedAndClaimed,
  openStoreFixture,
  recorder,
  room,
  sidFact,
} from "../support/session-store.ts";

/** protocol.md §11 in Redis: what a decision or a list has learned of people changes counters and due time in one step. */

async function presenceOf({ store }: StoreFixture) {
  const presence = (await store.readChannel(room))?.view.presence;
  if (presence === undefined) throw new Error("expected a channel");
  return presence;
}

/** Commits marks under a fresh lease and gives it back; the due time is a day away unless the marks say otherwise. */
async function mark(fixture: StoreFixture, ...marks: readonly PresenceMark[]): Promise<void> {
  const { redis, key, store } = fixture;
  await redis.zadd(key("due"), 0, "app1:room");
  const token = newToken();
  const channel = await claimed(store, { token });
  const dueAtMs = channel.nowMs + 86_400_000;
  const reply = await commitOn(store, channel, { token, marks, dueAtMs, release: true });
  expect(reply.kind).toBe("ok");
}

async function dueAtMs({ redis, key }: StoreFixture): Promise<number> {
  return Number(await redis.zscore(key("due"), "app1:room"));
}

const doubtful = (heardBeforeMs: number, hostsOnly = false): PresenceMark => ({
  kind: "doubtful",
  heardBeforeMs,
  hostsOnly,
});

test("a mark makes those doubtful who were last heard of before it, empties the channel and makes it due", async () => {
  const fixture = await openStoreFixture();
  const { nowMs } = await fixture.store.applyPresence(room, {
    events: [joined(7, 1), joined(8, 1, { role: "audience" })],
  });
  await mark(fixture, doubtful(nowMs - 1));
  expect(await presenceOf(fixture)).toMatchObject({ count: 2, hosts: 1 });
  expect(await presenceOf(fixture)).not.toHaveProperty("doubtful");
  await mark(fixture, doubtful(nowMs));
  const presence = await presenceOf(fixture);
  expect(presence).toMatchObject({ count: 0, hosts: 0, doubtful: { count: 2, hosts: 1 } });
  expect(presence.emptySinceMs).toBe(presence.doubtful?.sinceMs);
  expect(await dueAtMs(fixture)).toBe(presence.emptySinceMs);
  // Marked again, they stay what they are, since when they are.
  await mark(fixture, doubtful(nowMs));
  expect(await presenceOf(fixture)).toEqual(presence);
});

test("a mark of hosts leaves the audience alone, and recorders are never doubtful", async () => {
  const fixture = await openStoreFixture();
  const { nowMs } = await fixture.store.applyPresence(room, {
    events: [joined(7, 1), joined(8, 1, { role: "audience" }), joined(4_000_000_002, 1, recorder)],
  });
  await mark(fixture, doubtful(nowMs, true));
  expect(await presenceOf(fixture)).toMatchObject({ count: 1, hosts: 0, doubtful: { count: 1, hosts: 1 } });
});

test("a newer event ends the doubt about its uid, and the channel is occupied and due again", async () => {
  const fixture = await openStoreFixture();
  const { nowMs } = await fixture.store.applyPresence(room, { events: [joined(7, 1), joined(8, 1)] });
  await mark(fixture, doubtful(nowMs));
  // A copy of an old event is no evidence.
  expect(await fixture.store.applyPresence(room, { events: [joined(7, 1)] })).toMatchObject({ stale: 1 });
  expect(await presenceOf(fixture)).toMatchObject({ count: 0, doubtful: { count: 2 } });
  expect(await fixture.store.applyPresence(room, { events: [joined(7, 2)] })).toMatchObject({
    changed: true,
    occupied: true,
  });
  expect(await presenceOf(fixture)).toMatchObject({ count: 1, doubtful: { count: 1 } });
  await fixture.store.applyPresence(room, { events: [left(8, 2), left(7, 3)] });
  expect(await presenceOf(fixture)).not.toHaveProperty("doubtful");
});

// Found by the simulation: whoever tried whether they are there went on recording an empty channel until the next poll.
test("the last of the doubted leaves: the channel is due, and empty from then on, with the reason of that leave", async () => {
  const fixture = await openStoreFixture();
  const events = [joined(7, 1), joined(8, 1), joined(9, 1, { role: "audience" })];
  const { nowMs } = await fixture.store.applyPresence(room, { events });
  await mark(fixture, doubtful(nowMs));
  await mark(fixture);
  expect(await fixture.store.applyPresence(room, { events: [left(7, 2)] })).toMatchObject({ changed: false });
  const host = await fixture.store.applyPresence(room, { events: [left(8, 2, { reason: 1 })] });
  const audience = await fixture.store.applyPresence(room, { events: [left(9, 2, { role: "audience", reason: 2 })] });
  expect([host, audience]).toMatchObject([{ changed: true }, { changed: true, occupied: false }]);
  expect(await presenceOf(fixture)).toMatchObject({
    ...{ emptySinceMs: audience.nowMs, graceReason: 2 },
    ...{ hostsEmptySinceMs: host.nowMs, hostsGraceReason: 1 },
  });
  expect(await dueAtMs(fixture)).toBe(host.nowMs);
});

test("trust makes everybody certain again", async () => {
  const fixture = await openStoreFixture();
  const { nowMs } = await fixture.store.applyPresence(room, { events: [joined(7, 1)] });
  await mark(fixture, doubtful(nowMs));
  await mark(fixture, { kind: "trusted" });
  expect(await presenceOf(fixture)).toMatchObject({ count: 1, hosts: 1 });
  expect(await presenceOf(fixture)).not.toHaveProperty("doubtful");
});

test("the holder that marked must read what it has changed: its next commit is a conflict", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const marked = await commitOn(store, channel, { token, marks: [doubtful(channel.nowMs)] });
  if (marked.kind !== "ok") throw new Error(`expected ok, got ${marked.kind}`);
  const next = await commitOn(store, { ...channel, rev: marked.rev }, { token });
  expect(next).toMatchObject({
    kind: "conflict",
    channel: { view: { presence: { count: 0, doubtful: { count: 1 } } } },
  });
});

test("a commit that is lost or in conflict marks nobody", async () => {
  const fixture = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(fixture.store, { token });
  const marks = [doubtful(channel.nowMs)];
  expect((await commitOn(fixture.store, channel, { token: newToken(), marks })).kind).toBe("lost");
  expect((await commitOn(fixture.store, { ...channel, rev: "1" }, { token, marks })).kind).toBe("conflict");
  expect(await presenceOf(fixture)).toMatchObject({ count: 1 });
});

const window = (fromMs: number, toMs: number): PresenceMark => ({
  kind: "maybeRecorder",
  fromMs,
  toMs,
  joinsUntilMs: toMs + 60_000,
});

test("only who came for the first time within the span may be the recorder that was out of sight", async () => {
  const fixture = await openStoreFixture();
  await fixture.store.applyPresence(room, { events: [joined(7, 1), left(7, 2), joined(7, 3), joined(9, 1)] });
  const { nowMs } = await fixture.store.applyPresence(room, { events: [joined(8, 1)] });
  await mark(fixture, window(nowMs - 60_000, nowMs));
  // 7 had been here before; of 8 and 9 nobody can tell.
  expect(await presenceOf(fixture)).toMatchObject({ count: 1, maybeRecorders: 2 });
  // What it does next tells: no recorder changes its role or comes twice with one uid.
  await fixture.store.applyPresence(room, { events: [joined(8, 2, { kind: "role-changed" })] });
  expect(await presenceOf(fixture)).toMatchObject({ count: 2, maybeRecorders: 1 });
  // Nobody is counted differently, and yet what keeps the channel open has changed: it must be decided anew.
  expect(await fixture.store.applyPresence(room, { events: [left(9, 2)] })).toMatchObject({ changed: true });
  expect(await presenceOf(fixture)).not.toHaveProperty("maybeRecorders");
});

test("a join within the span that comes late counts as one too, and one said later does not", async () => {
  const fixture = await openStoreFixture();
  const { nowMs } = await fixture.store.applyPresence(room, { events: [joined(7, 1)] });
  await fixture.store.applyPresence(room, { events: [joined(7, 2)] });
  await mark(fixture, window(nowMs - 60_000, nowMs));
  await fixture.store.applyPresence(room, { events: [joined(8, 1, { atMs: nowMs - 5_000 })] });
  await fixture.store.applyPresence(room, { events: [joined(9, 1, { atMs: nowMs + 5_000 })] });
  expect(await presenceOf(fixture)).toMatchObject({ count: 2, maybeRecorders: 1 });
});

test("a recorder that is known by its uid frees those who were taken for it, and nobody is taken for it later", async () => {
  const fixture = await openStoreFixture();
  const { nowMs } = await fixture.store.applyPresence(room, { events: [joined(7, 1), joined(8, 1)] });
  await mark(fixture, window(nowMs - 60_000, nowMs));
  expect(await presenceOf(fixture)).toMatchObject({ count: 0, maybeRecorders: 2 });
  const moved = { bot: true, recorderClient: true };
  const came = await fixture.store.applyPresence(room, { events: [joined(1_000_001, 1, moved)] });
  expect(await presenceOf(fixture)).toMatchObject({ maybeRecorders: 2, unknownRecorderAtMs: came.nowMs });
  await mark(fixture, { kind: "identified" });
  await fixture.store.applyPresence(room, { events: [joined(9, 1, { atMs: nowMs - 5_000 })] });
  expect(await presenceOf(fixture)).toMatchObject({ count: 3, hosts: 3 });
  expect(await presenceOf(fixture)).not.toHaveProperty("maybeRecorders");
});

test("the coming of a recorder whose uid is known, or the going of one whose is not, says nothing of one that moved", async () => {
  const fixture = await openStoreFixture();
  const moved = { bot: true, recorderClient: true };
  await fixture.store.fact(room, sidFact(1, { kind: "newUid", newUid: 1_000_001 }));
  await fixture.store.applyPresence(room, { events: [joined(1_000_001, 1, moved), left(1_000_002, 1, moved)] });
  expect(await presenceOf(fixture)).not.toHaveProperty("unknownRecorderAtMs");
});

test("a list trusts the doubtful it names and removes those whom it does not, but nobody heard of since it was asked for", async () => {
  const fixture = await openStoreFixture();
  const { nowMs } = await fixture.store.applyPresence(room, {
    events: [joined(7, 1), joined(8, 1), joined(4_000_000_002, 1, recorder)],
  });
  await mark(fixture, doubtful(nowMs));
  expect(await fixture.store.people(room)).toEqual([
    { uid: 7, kind: "doubtful" },
    { uid: 8, kind: "doubtful" },
  ]);
  const early = { askedAtMs: nowMs - 1, there: [7], gone: [8] };
  expect(await fixture.store.confirmPresence(room, early)).toMatchObject({ trusted: 0, removed: 0, occupied: false });
  const list = { askedAtMs: nowMs + 1, there: [7, 99], gone: [8, 98, 4_000_000_002] };
  const confirmed = await fixture.store.confirmPresence(room, list);
  expect(confirmed).toMatchObject({ trusted: 1, removed: 1, occupied: true });
  expect(await dueAtMs(fixture)).toBeLessThanOrEqual(confirmed.nowMs);
  expect(await fixture.store.people(room)).toEqual([{ uid: 7, kind: "certain" }]);
  expect(await presenceOf(fixture)).toMatchObject({ count: 1 });
  expect(await fixture.store.confirmPresence(room, list)).toMatchObject({ trusted: 0, removed: 0 });
  // The leave is remembered with the uid's clientSeq: the old join changes nothing, a newer one does.
  expect(await fixture.store.applyPresence(room, { events: [joined(8, 1)] })).toMatchObject({ stale: 1 });
  expect(await fixture.store.applyPresence(room, { events: [joined(8, 2)] })).toMatchObject({ applied: 1 });
});

test("a list that removes the last of the doubted makes the channel due, and begins no grace: nobody has left", async () => {
  const fixture = await openStoreFixture();
  const { nowMs } = await fixture.store.applyPresence(room, { events: [joined(7, 1)] });
  await mark(fixture, doubtful(nowMs));
  await mark(fixture);
  const { emptySinceMs } = await presenceOf(fixture);
  const removed = await fixture.store.confirmPresence(room, { askedAtMs: nowMs + 1, there: [], gone: [7] });
  expect(removed).toMatchObject({ removed: 1, occupied: false });
  expect(await dueAtMs(fixture)).toBe(removed.nowMs);
  expect(await presenceOf(fixture)).toMatchObject({ emptySinceMs });
  expect(await presenceOf(fixture)).not.toHaveProperty("doubtful");
});

test("a list of a channel that nobody knows changes nothing", async () => {
  const { store } = await openStoreFixture();
  const list = { askedAtMs: Date.now(), there: [7], gone: [8] };
  expect(await store.confirmPresence(room, list)).toMatchObject({ trusted: 0, removed: 0, occupied: false });
  expect(await store.readChannel(room)).toBeUndefined();
});

test("a person's client with a reserved uid is told once; our own recorders and typed ones are not", async () => {
  const { store } = await openStoreFixture();
  const untyped = { bot: true, reserved: true, untyped: true };
  const apply = async (uid: number, seq: number, over: object) =>
    (await store.applyPresence(room, { events: [joined(uid, seq, over)] })).strangers;
  expect(await apply(4_000_000_002, 1, recorder)).toBe(0);
  expect(await apply(4_000_000_004, 1, untyped)).toBe(1);
  expect(await apply(4_000_000_004, 2, untyped)).toBe(0);
});
