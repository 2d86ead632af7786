import { expect, test } from "vitest";
import {
  anyNumber,
  claimed,
  commitOn,
  joined,
  leaseMs,
  left,
  newToken,
  occupiedAndClaimed,
  openStoreFixture,
  room,
  until,
} from "../support/session-store.ts";

const owner = "test";

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
  expect(await store.readyEpoch(0)).toBeUndefined();
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
