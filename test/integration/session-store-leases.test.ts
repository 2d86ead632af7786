import { expect, test } from "vitest";
import {
  anyNumber,
  attempt,
  claimed,
  commitOn,
  joined,
  leaseMs,
  left,
  like,
  newToken,
  nothingElse,
  occupiedAndClaimed,
  openStoreFixture,
  recording,
  room,
  sidFact,
  until,
} from "../support/session-store.ts";

const owner = "test";

test("renew lengthens lease and due time and tells the revision without raising it", async () => {
  const { store, redis, key } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token, leaseMs: 5_000 });
  const renewed = await store.renew(room, { token, leaseMs: 50_000 });
  expect(renewed).toEqual({ kind: "ok", rev: channel.rev, nowMs: anyNumber, leaseUntilMs: anyNumber });
  const untilMs = renewed.kind === "ok" ? renewed.leaseUntilMs : 0;
  expect(untilMs).toBe(renewed.nowMs + 50_000);
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBe(untilMs + 1_000);
});

test("renew shows the holder that somebody wrote meanwhile", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  await store.applyPresence(room, { events: [joined(8, 1)] });
  const renewed = await store.renew(room, { token, leaseMs });
  expect(renewed.kind === "ok" && renewed.rev !== channel.rev).toBe(true);
});

test("renew is lost for another token, and for the own one once the lease is over although nobody took it", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token, leaseMs: 20 });
  expect(await store.renew(room, { token: newToken(), leaseMs })).toMatchObject({ kind: "lost" });
  await until(store, channel.leaseUntilMs);
  expect(await store.renew(room, { token, leaseMs })).toMatchObject({ kind: "lost" });
});

test("release gives the channel to the next at once, compares no revision, works after the end, and only once", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token, leaseMs: 20 });
  await store.applyPresence(room, { events: [joined(8, 1)] });
  await until(store, channel.leaseUntilMs);
  expect(await store.release(room, { token: newToken() })).toBe("lost");
  expect(await store.release(room, { token })).toBe("released");
  expect(await store.release(room, { token })).toBe("lost");
  expect(await store.claimOne(room, { token: newToken(), owner, leaseMs })).toMatchObject({ kind: "claimed" });
});

test("a commit stores the record exactly as it was given, and a reader finds it again", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const after = recording(channel.view.record, attempt(1, { st: "READY", resourceId: "r/1", knownUids: [] }));
  const ok = await commitOn(store, channel, {
    token,
    after,
  });
  expect(ok).toMatchObject({ kind: "ok", rev: like(/^\d{16}$/) });
  const reading = await store.readChannel(room);
  expect(reading?.view.record).toEqual(after);
  expect(reading?.rev).toBe(ok.kind === "ok" ? ok.rev : "");
  expect(reading?.leaseOwner).toBe(owner);
  expect(reading?.view.reservedUids).toEqual(new Map([[4_000_000_002, { online: false }]]));
});

test("a commit without release keeps the lease and its place in the schedule; with release it writes or removes the due time", async () => {
  const { store, redis, key } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const kept = await commitOn(store, channel, { token, dueAtMs: channel.nowMs + 5 });
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBe(channel.leaseUntilMs + 1_000);
  const rev = kept.kind === "ok" ? kept.rev : "";
  await commitOn(store, { ...channel, rev }, { token, dueAtMs: channel.nowMs + 70_000.4, release: true });
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBe(channel.nowMs + 70_001);
  await store.applyPresence(room, { events: [left(7, 2)] });
  const next = await claimed(store, { token });
  await commitOn(store, next, { token, release: true });
  expect(await redis.zscore(key("due"), "app1:room")).toBeNull();
  expect((await store.readChannel(room))?.leaseOwner).toBeUndefined();
});

// Mutation 26: the holder may die between its claim and its commit.
test("a due time outlives the death of its holder: only the commit that decides removes it", async () => {
  const { store, redis, key } = await openStoreFixture();
  const channel = await occupiedAndClaimed(store, { token: newToken(), leaseMs: 20 });
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBe(channel.leaseUntilMs + 1_000);
  await until(store, channel.leaseUntilMs + 1_000);
  const result = await store.claimDue(0, { token: newToken(), owner, leaseMs, max: 10 });
  expect(result.kind === "claimed" && result.channels.map((c) => c.ref)).toEqual([room]);
});

// Mutation 19: a join that arrives while somebody decides "nobody is there" would be lost without any fault.
test("a commit decided on an old revision is refused with the new record in the same answer, and writes nothing", async () => {
  const { store, redis, key } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  await store.applyPresence(room, { events: [joined(8, 1)] });
  const due = await redis.zscore(key("due"), "app1:room");
  const after = recording(channel.view.record, attempt(1));
  const refused = await commitOn(store, channel, {
    token,
    after,
    snapshots: [attempt(1)],
    release: true,
  });
  if (refused.kind !== "conflict") throw new Error(refused.kind);
  expect(refused.channel).toMatchObject({ ref: room, fence: channel.fence, leaseUntilMs: channel.leaseUntilMs });
  expect(refused.channel.view.presence.count).toBe(2);
  expect(refused.channel.view.record.attempts).toEqual({});
  expect(await store.outboxRead(0, 10)).toEqual([]);
  expect(await redis.zscore(key("due"), "app1:room")).toBe(due);
  expect(await commitOn(store, refused.channel, { token })).toMatchObject({ kind: "ok" });
});

// Mutation 20: a process that was paused beyond its lease decides nothing when it wakes (I9).
test("I9: a commit after the end of its lease is lost although the token is unchanged and nobody took over", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token, leaseMs: 20 });
  await until(store, channel.leaseUntilMs);
  const after = recording(channel.view.record, attempt(1));
  const result = await commitOn(store, channel, {
    token,
    after,
  });
  expect(result).toMatchObject({ kind: "lost" });
  expect((await store.readChannel(room))?.view.record.attempts).toEqual({});
});

test("a commit with another token is lost", async () => {
  const { store } = await openStoreFixture();
  const channel = await occupiedAndClaimed(store, { token: newToken() });
  expect(await commitOn(store, channel, { token: newToken() })).toMatchObject({ kind: "lost" });
});

// Mutation 21: after a failover that lost writes, an old holder has the greater fence and the right revision.
test("a regressed fence validates no old holder: the token alone says who holds", async () => {
  const { store, redis, key } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  const backup = await redis.dumpBuffer(key("ch", room));
  const oldToken = newToken();
  const old = await claimed(store, { token: oldToken });
  await redis.restore(key("ch", room), 0, backup, "REPLACE");
  await redis.zadd(key("due"), 0, "app1:room");
  await redis.hset(key("ch", room), "fence", "1");
  const next = await claimed(store, { token: newToken() });
  await redis.hset(key("ch", room), "fence", "2");
  expect(next.rev).toBe(old.rev);
  expect(await commitOn(store, old, { token: oldToken })).toMatchObject({ kind: "lost" });
  expect(await store.renew(room, { token: oldToken, leaseMs })).toMatchObject({ kind: "lost" });
});

test("a commit whose answer was lost changes nothing when it is sent again", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const after = recording(channel.view.record, attempt(1));
  const decision = {
    ...nothingElse,
    token,
    expectedRev: channel.rev,
    before: channel.view.record,
    after,
    snapshots: [attempt(1)],
  };
  await store.commit(room, decision);
  const again = await store.commit(room, decision);
  expect(again).toMatchObject({ kind: "conflict", channel: { view: { record: after } } });
  expect(await store.outboxRead(0, 10)).toHaveLength(1);
});

test("revisions only grow, also when the stored one is ahead of the clock", async () => {
  const { store, redis, key } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  await redis.hset(key("ch", room), "rev", "8000000000000000");
  await store.applyPresence(room, { events: [joined(8, 1)] });
  expect((await store.readChannel(room))?.rev).toBe("8000000000000001");
  await store.fact(room, sidFact(1));
  expect((await store.readChannel(room))?.rev).toBe("8000000000000002");
});

test("attempts that a commit leaves out are deleted, told to the outbox, and their uids forgotten unless they are in the channel", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const both = recording(channel.view.record, attempt(1, { knownUids: [55] }), attempt(2), attempt(3));
  const ok = await commitOn(store, channel, {
    token,
    after: both,
  });
  await store.applyPresence(room, { events: [joined(55, 1)] });
  const conflict = await store.commit(room, {
    ...nothingElse,
    token,
    expectedRev: ok.kind === "ok" ? ok.rev : "",
    before: both,
    after: both,
  });
  if (conflict.kind !== "conflict") throw new Error(conflict.kind);
  const { 1: _gone, ...attempts } = both.attempts;
  const after = { ...both, attempts };
  await store.commit(room, {
    ...nothingElse,
    token,
    expectedRev: conflict.channel.rev,
    before: both,
    after,
    removedAttempts: [2],
  });
  const reading = await store.readChannel(room);
  expect(Object.keys(reading?.view.record.attempts ?? {})).toEqual(["3"]);
  expect(new Set(reading?.view.reservedUids.keys())).toEqual(new Set([55, attempt(3).uid]));
  expect((await store.outboxRead(0, 10)).map((entry) => entry.removedAttempts)).toEqual([[1, 2]]);
});

test("rules announced during a lease are looked at after it, whatever the holder decided", async () => {
  const { store, redis, key } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  await store.announceRules(0, "rules-b", 60_000);
  await commitOn(store, channel, { token, dueAtMs: channel.nowMs + 60_000, release: true });
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBeLessThanOrEqual(await store.nowMs());
  const next = await claimed(store, { token: newToken() });
  expect(next.liveRuleHashes).toEqual(["rules-b"]);
});
