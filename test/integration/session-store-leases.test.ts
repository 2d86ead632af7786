import type { SessionStore } from "@autorec/session-store";
import { expect, test, vi } from "vitest";
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
} from "../support/session-store.ts";

const owner = "test";

/** Until Redis's clock has passed a moment; nothing else can end a lease. */
async function until(store: SessionStore, atMs: number): Promise<void> {
  await vi.waitFor(async () => expect(await store.nowMs()).toBeGreaterThanOrEqual(atMs), {
    timeout: 5_000,
    interval: 5,
  });
}

test("a claim answers the whole channel in one step and moves its due time past the lease", async () => {
  const { store, redis, key } = await openStoreFixture();
  await store.announceRules(0, "rules-a", 60_000);
  const channel = await occupiedAndClaimed(store, { token: newToken() });
  expect(channel).toMatchObject({ ref: room, liveRuleHashes: ["rules-a"], leaseUntilMs: channel.nowMs + leaseMs });
  expect(channel.view.presence.count).toBe(1);
  expect(channel.rev).toMatch(/^\d{16}$/);
  expect(channel.fence).toMatch(/^\d{16}$/);
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBe(channel.leaseUntilMs + 1_000);
});

test("a second owner is refused while the lease lives, and the channel that it met moves to the end of that lease", async () => {
  const { store, redis, key } = await openStoreFixture();
  const channel = await occupiedAndClaimed(store, { token: newToken() });
  await store.applyPresence(room, { events: [left(7, 2)] });
  expect(await store.claimOne(room, { token: newToken(), owner, leaseMs })).toEqual({ kind: "busy" });
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBe(channel.leaseUntilMs + 1_000);
});

test("a channel that is not due, or that nobody knows, is not claimed", async () => {
  const { store } = await openStoreFixture();
  expect(await store.claimOne(room, { token: newToken(), owner, leaseMs })).toEqual({ kind: "not_due" });
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  await commitOn(store, channel, { token, dueAtMs: channel.nowMs + 60_000, release: true });
  expect(await store.claimOne(room, { token: newToken(), owner, leaseMs })).toEqual({ kind: "not_due" });
});

test("a change of presence claims the channel in the same step; told again, it answers the same lease", async () => {
  const { store } = await openStoreFixture();
  const claim = { token: newToken(), owner, leaseMs };
  const events = [joined(7, 1)];
  const first = await store.applyPresence(room, { events, claim });
  expect(first).toMatchObject({ changed: true, leaseHeld: false });
  expect(first.granted).toMatchObject({ ref: room, leaseUntilMs: first.nowMs + leaseMs });
  expect(first.granted?.view.presence.count).toBe(1);
  const again = await store.applyPresence(room, { events, claim });
  expect(again).toMatchObject({ changed: false, applied: 0 });
  expect([again.granted?.fence, again.granted?.leaseUntilMs]).toEqual([
    first.granted?.fence,
    first.granted?.leaseUntilMs,
  ]);
  const { granted } = first;
  if (granted === undefined) throw new Error("not granted");
  expect(await commitOn(store, granted, { token: claim.token, dueAtMs: undefined, release: true })).toMatchObject({
    kind: "ok",
  });
});

test("presence claims nothing that did not change, that another holds, that is not ready, or that nobody can read", async () => {
  const { store, redis, key } = await openStoreFixture();
  const claim = () => ({ token: newToken(), owner, leaseMs });
  await occupiedAndClaimed(store, { token: newToken() });
  const held = await store.applyPresence(room, { events: [left(7, 2)], claim: claim() });
  expect(held).toMatchObject({ changed: true, leaseHeld: true });
  expect(held.granted).toBeUndefined();

  const other = { appId: "app1", channelName: "other" };
  await redis.del(key("ready"));
  expect((await store.applyPresence(other, { events: [joined(7, 1)], claim: claim() })).granted).toBeUndefined();
  await store.markReady([0], "1");
  expect((await store.applyPresence(other, { events: [joined(8, 1)], claim: claim() })).granted).toBeUndefined();
  await redis.hset(key("ch", other), "want", "{");
  const unreadable = await store.applyPresence(other, { events: [left(7, 2), left(8, 2)], claim: claim() });
  expect(unreadable).toMatchObject({ changed: true, leaseHeld: false });
  expect(unreadable.granted).toBeUndefined();
});

// A lost reply must not cost a lease's length.
test("a claim repeated with the token that holds answers the same channel, lease and fence", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const first = await occupiedAndClaimed(store, { token });
  const again = await claimed(store, { token });
  expect(again).toEqual({ ...first, nowMs: anyNumber });
});

test("fences grow with each lease, also beyond what another clock has written", async () => {
  const { store, redis, key } = await openStoreFixture();
  const token = newToken();
  const first = await occupiedAndClaimed(store, { token });
  await redis.hset(key("ch", room), "fence", "8000000000000001");
  await store.release(room, { token });
  const second = await claimed(store, { token: newToken() });
  expect(second.fence).toBe("8000000000000002");
  expect(first.fence).not.toBe(second.fence);
});

test("a lease that nobody renews ends by itself, and another owner goes on from there", async () => {
  const { store } = await openStoreFixture();
  const channel = await occupiedAndClaimed(store, { token: newToken(), leaseMs: 30 });
  await until(store, channel.leaseUntilMs + 1_000);
  expect(await store.claimOne(room, { token: newToken(), owner, leaseMs })).toMatchObject({ kind: "claimed" });
});

// Mutation 27: a start with k = 0 beside a live recorder with k = 3 is refused by nobody.
test("nothing is claimed before the shard is ready, nor after Redis has lost everything", async () => {
  const { store, redis, key } = await openStoreFixture({ ready: false });
  await store.applyPresence(room, { events: [joined(7, 1)] });
  expect(await store.readyState(0)).toBe(false);
  expect(await store.claimOne(room, { token: newToken(), owner, leaseMs })).toEqual({ kind: "not_ready" });
  expect(await store.claimDue(0, { token: newToken(), owner, leaseMs, max: 10 })).toMatchObject({ kind: "not_ready" });
  await store.markReady([0], "epoch-1");
  const token = newToken();
  await claimed(store, { token });
  await redis.del(key("ready"));
  await store.release(room, { token });
  expect(await store.claimDue(0, { token: newToken(), owner, leaseMs, max: 10 })).toMatchObject({ kind: "not_ready" });
  expect(await store.claimOne(room, { token: newToken(), owner, leaseMs })).toEqual({ kind: "not_ready" });
});

test("claimDue takes what is due, the longest overdue first, at most as many as asked, and each once", async () => {
  const { store } = await openStoreFixture();
  const names = ["a", "b", "c"];
  for (const [i, channelName] of names.entries()) {
    const { nowMs } = await store.applyPresence({ appId: "app1", channelName }, { events: [joined(7, 1)] });
    if (i < 2) await until(store, nowMs + 1);
  }
  const first = await store.claimDue(0, { token: newToken(), owner, leaseMs, max: 2 });
  const second = await store.claimDue(0, { token: newToken(), owner, leaseMs, max: 2 });
  expect(
    [first, second].map((result) => (result.kind === "claimed" ? result.channels.map((c) => c.ref.channelName) : [])),
  ).toEqual([["a", "b"], ["c"]]);
});

test("claimDue repeated with its token answers the same set of channels, without those that were released meanwhile", async () => {
  const { store } = await openStoreFixture();
  for (const channelName of ["a", "b"])
    await store.applyPresence({ appId: "app1", channelName }, { events: [joined(7, 1)] });
  const options = { token: newToken(), owner, leaseMs, max: 10 };
  const first = await store.claimDue(0, options);
  await store.applyPresence({ appId: "app1", channelName: "new" }, { events: [joined(7, 1)] });
  const again = await store.claimDue(0, options);
  const byName = (result: typeof first) =>
    new Map(result.kind === "claimed" ? result.channels.map((c) => [c.ref.channelName, c.fence]) : []);
  expect(byName(again)).toEqual(byName(first));
});

test("leased channels that are due do not keep claimDue from the free ones behind them", async () => {
  const { store } = await openStoreFixture();
  const busy = Array.from({ length: 4 }, (_, i) => ({ appId: "app1", channelName: `busy-${i}` }));
  for (const ref of busy) {
    await store.applyPresence(ref, { events: [joined(7, 1)] });
    await store.claimOne(ref, { token: newToken(), owner, leaseMs });
    await store.applyPresence(ref, { events: [left(7, 2)] });
  }
  const { nowMs } = await store.applyPresence({ appId: "app1", channelName: "free" }, { events: [joined(7, 1)] });
  await until(store, nowMs + 1);
  const result = await store.claimDue(0, { token: newToken(), owner, leaseMs, max: 2 });
  expect(result.kind === "claimed" && result.channels.map((c) => c.ref.channelName)).toEqual(["free"]);
});

test("two processes that ask at once share the due channels between them, none twice", async () => {
  const { store } = await openStoreFixture();
  for (let i = 0; i < 40; i++)
    await store.applyPresence({ appId: "app1", channelName: `c${i}` }, { events: [joined(7, 1)] });
  const ask = () => store.claimDue(0, { token: newToken(), owner, leaseMs, max: 40 });
  const results = await Promise.all([ask(), ask(), ask()]);
  const names = results.flatMap((result) =>
    result.kind === "claimed" ? result.channels.map((c) => c.ref.channelName) : [],
  );
  expect(names).toHaveLength(40);
  expect(new Set(names).size).toBe(40);
});

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
