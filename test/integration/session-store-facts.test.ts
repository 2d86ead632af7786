import { expect, test, vi } from "vitest";
import {
  anyNumber,
  attempt,
  claimed,
  commitOn,
  joined,
  leaseMs,
  left,
  newToken,
  nothingElse,
  occupiedAndClaimed,
  openStoreFixture,
  recording,
  room,
  sidFact,
} from "../support/session-store.ts";

test("a fact is stored once, without a lease, and makes the channel due", async () => {
  const { store, redis, key } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const after = recording(channel.view.record, attempt(1));
  const ok = await commitOn(store, channel, {
    token,
    after,
    dueAtMs: channel.nowMs + 60_000,
    release: true,
  });
  expect(await store.fact(room, sidFact(1))).toBe("applied");
  expect(await store.fact(room, sidFact(1, { atMs: 9 }))).toBe("known");
  const reading = await store.readChannel(room);
  expect(reading?.view.facts).toEqual([sidFact(1)]);
  expect(BigInt(reading?.rev ?? "0")).toBeGreaterThan(BigInt(ok.kind === "ok" ? ok.rev : "0"));
  expect(Number(await redis.zscore(key("due"), "app1:room"))).toBeLessThanOrEqual(reading?.nowMs ?? 0);
});

test("a fact may be decided on later, but no due time moves for it", async () => {
  const { store, redis, key } = await openStoreFixture();
  const dueAtMs = async (): Promise<number> => Number(await redis.zscore(key("due"), "app1:room"));
  await store.fact(room, sidFact(1), { withinMs: 60_000 });
  const nowMs = await store.nowMs();
  expect(await dueAtMs()).toBeGreaterThan(nowMs);
  expect(await dueAtMs()).toBeLessThanOrEqual(nowMs + 60_000);
  await store.fact(room, sidFact(2), { withinMs: 120_000 });
  expect(await dueAtMs()).toBeLessThanOrEqual(nowMs + 60_000);
  await store.fact(room, sidFact(3));
  expect(await dueAtMs()).toBeLessThanOrEqual(await store.nowMs());
});

// A process that tells its sids again after a failover is patient; one whose call has just been answered is not.
test("a fact that was left for later is decided on at once when somebody tells it at once, and never later again", async () => {
  const { store, redis, key } = await openStoreFixture();
  const dueAtMs = async (): Promise<number> => Number(await redis.zscore(key("due"), "app1:room"));
  await store.fact(room, sidFact(1), { withinMs: 60_000 });
  const { rev } = (await store.readChannel(room)) ?? {};
  expect(await store.fact(room, sidFact(1))).toBe("known");
  const soonMs = await dueAtMs();
  expect(soonMs).toBeLessThanOrEqual(await store.nowMs());
  expect(await store.fact(room, sidFact(1), { withinMs: 60_000 })).toBe("known");
  expect(await dueAtMs()).toBe(soonMs);
  // Whoever works on the channel has it already: nothing that it decides on has changed.
  expect((await store.readChannel(room))?.rev).toBe(rev);
});

// Mutation 24: the late answer of a start must find its way although Redis lost the row, or the whole channel.
test("a fact about an attempt that nobody knows creates what is needed to decide on it", async () => {
  const { store } = await openStoreFixture();
  expect(await store.fact(room, sidFact(3))).toBe("upserted");
  expect(await store.fact(room, sidFact(3))).toBe("known");
  expect(await store.channelRefs(0)).toEqual([room]);
  const channel = await claimed(store, { token: newToken() });
  expect(channel.view.facts).toEqual([sidFact(3)]);
  expect(channel.view.reservedUids.has(sidFact(3).uid)).toBe(true);
});

test("facts that name different things do not hide one another", async () => {
  const { store } = await openStoreFixture();
  const newUid = (uid: number, atMs: number) => sidFact(1, { kind: "newUid", newUid: uid, atMs });
  expect(await store.fact(room, newUid(55, 1))).toBe("upserted");
  expect(await store.fact(room, newUid(56, 2))).toBe("upserted");
  expect((await store.readChannel(room))?.view.facts.map((fact) => fact.newUid)).toEqual([55, 56]);
});

test("the commit that takes a fact in deletes it; a fact that came meanwhile stays and makes the commit a conflict", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  await store.fact(room, sidFact(1));
  const channel = await claimed(store, { token });
  const { record, facts } = channel.view;
  await store.fact(room, sidFact(1, { kind: "stopAccepted" }));
  const first = await commitOn(store, channel, {
    token,
    after: record,
    consumedFacts: facts,
  });
  if (first.kind !== "conflict") throw new Error(first.kind);
  expect(first.channel.view.facts).toHaveLength(2);
  await store.commit(room, {
    ...nothingElse,
    token,
    expectedRev: first.channel.rev,
    before: record,
    after: record,
    consumedFacts: facts,
  });
  expect((await store.readChannel(room))?.view.facts.map((fact) => fact.kind)).toEqual(["stopAccepted"]);
});

test("a new uid of a recorder stops counting the moment the fact is known, and asks for a look", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1), joined(55, 1), left(7, 2)] });
  expect((await store.readChannel(room))?.view.presence.count).toBe(1);
  await store.fact(room, sidFact(1, { kind: "newUid", newUid: 55 }));
  const view = (await store.readChannel(room))?.view;
  expect(view?.presence).toMatchObject({ count: 0, emptySinceMs: anyNumber });
  expect(view?.lookAtMs).toBeGreaterThan(0);
});

test("a channel with nothing left to do or to remember is collected with all its keys, and its snapshots are withdrawn", async () => {
  const { store, redis, prefix } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const closed = recording(channel.view.record, attempt(1, { st: "CLOSED", closedAtMs: 5 }));
  const after = {
    ...closed,
    want: { on: false, cause: "empty" },
    sessions: { s1: { id: "s1", openedAtMs: 1, closedAtMs: 2, cause: "occupied" } },
  };
  await store.applyPresence(room, { events: [left(7, 2)] });
  const conflict = await commitOn(store, channel, {
    token,
    after,
  });
  const rev = conflict.kind === "conflict" ? conflict.channel.rev : "";
  await store.commit(room, { ...nothingElse, token, expectedRev: rev, before: channel.view.record, after });
  expect(await store.gc(room, { tombstoneMs: 0 }), "leased").toBe("kept");
  await store.release(room, { token });
  expect(await store.gc(room, { tombstoneMs: 60_000 }), "left a moment ago").toBe("kept");
  expect(await store.gc(room, { tombstoneMs: 0 })).toBe("collected");
  expect(await store.gc(room, { tombstoneMs: 0 })).toBe("collected");
  expect(await redis.keys(`${prefix}:*room*`)).toEqual([]);
  expect(await store.channelRefs(0)).toEqual([]);
  expect((await store.outboxRead(0, 10)).map((entry) => [entry.ref, entry.removedAttempts])).toEqual([[room, [1]]]);
  expect(await store.claimDue(0, { token: newToken(), owner: "x", leaseMs, max: 10 })).toMatchObject({ channels: [] });
});

test.each([
  ["somebody is in it", ({ store }: Fixture) => store.applyPresence(room, { events: [joined(8, 1)] })],
  ["an attempt is open", async ({ store }: Fixture) => decide(store, { st: "GHOST" })],
  [
    "an attempt closed a moment ago",
    async ({ store }: Fixture) => decide(store, { st: "CLOSED", closedAtMs: Date.now() + 60_000 }),
  ],
  ["a fact waits for a decision", ({ store }: Fixture) => store.fact(room, sidFact(1))],
])("a channel is kept while %s", async (_, arrange) => {
  const fixture = await openStoreFixture();
  await fixture.store.applyPresence(room, { events: [joined(7, 1), left(7, 2)] });
  await arrange(fixture);
  expect(await fixture.store.gc(room, { tombstoneMs: 0 })).toBe("kept");
  expect(await fixture.store.readChannel(room)).toBeDefined();
});

test("a fact that arrives while a channel is being collected is not collected with it", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1), left(7, 2)] });
  // One connection keeps the order: the collection reads, the fact arrives, the collection deletes what it has read.
  const [collected] = await Promise.all([store.gc(room, { tombstoneMs: 0 }), store.fact(room, sidFact(1))]);
  expect(collected).toBe("kept");
  expect((await store.readChannel(room))?.view.facts).toEqual([sidFact(1)]);
});

test("a hash of rules that is new to the shard makes all its channels due; the same again does not, however late", async () => {
  const { store, redis, key } = await openStoreFixture();
  const refs = Array.from({ length: 300 }, (_, i) => ({ appId: "app1", channelName: `c${i}` }));
  await Promise.all(refs.map((ref) => store.applyPresence(ref, { events: [joined(7, 1)] })));
  await redis.del(key("due"));
  expect(await store.announceRules(0, "rules-a", 10)).toEqual({ fresh: true });
  expect(await redis.zcard(key("due"))).toBe(300);
  await redis.del(key("due"));
  await redisTime(store, 11);
  // Nobody else has announced meanwhile, so nobody has decided as if these rules were gone.
  expect(await store.announceRules(0, "rules-a", 10)).toEqual({ fresh: false });
  expect(await redis.zcard(key("due"))).toBe(0);
});

test("a hash that nobody announces any more ends beside one that is announced, and is new when it comes back", async () => {
  const { store } = await openStoreFixture();
  await store.announceRules(0, "old", 300);
  await store.applyPresence(room, { events: [joined(7, 1)] });
  const token = newToken();
  const onlyTheNew = async (): Promise<void> => {
    await store.announceRules(0, "new", 300);
    expect((await claimed(store, { token })).liveRuleHashes).toEqual(["new"]);
  };
  await vi.waitFor(onlyTheNew, { timeout: 10_000, interval: 20 });
  expect(await store.announceRules(0, "old", 300)).toEqual({ fresh: true });
});

test("while nobody can announce, no hash ends, and afterwards each has a life to be announced again", async () => {
  const { store } = await openStoreFixture();
  const lifeMs = 30;
  for (const hash of ["old", "new"]) await store.announceRules(0, hash, lifeMs);
  await store.applyPresence(room, { events: [joined(7, 1)] });
  const token = newToken();
  const living = async (): Promise<readonly string[]> =>
    (await claimed(store, { token })).liveRuleHashes.toSorted((a, b) => a.localeCompare(b));
  await redisTime(store, 2 * lifeMs);
  // Who is back before the others must not close what only their rules record: neither before it announces nor after.
  expect(await living()).toEqual(["new", "old"]);
  await store.announceRules(0, "new", lifeMs);
  expect(await living()).toEqual(["new", "old"]);
  await redisTime(store, 2 * lifeMs);
  await store.announceRules(0, "newest", lifeMs);
  expect(await living()).toEqual(["new", "newest", "old"]);
});

test("an announcement never moves an overdue channel back in the line", async () => {
  const { store, redis, key } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  await redis.zadd(key("due"), 5, "app1:room");
  await store.announceRules(0, "rules-a", 60_000);
  expect(await redis.zscore(key("due"), "app1:room")).toBe("5");
});

test("the first start fixes the number of shards, and another number is told apart", async () => {
  const { store } = await openStoreFixture();
  expect(await store.ensureShardCount(16)).toBe("set");
  expect(await store.ensureShardCount(16)).toBe("same");
  expect(await store.ensureShardCount(8)).toEqual({ kind: "differs", stored: 16 });
});

test("a shard that is ready keeps its epoch", async () => {
  const { store, redis, key } = await openStoreFixture();
  await store.markReady([0], "epoch-2");
  expect(await store.readyEpoch(0)).toBe("epoch-1");
  expect(await redis.get(key("ready"))).toBe("epoch-1");
});

type Fixture = Awaited<ReturnType<typeof openStoreFixture>>;

async function decide(store: Fixture["store"], over: Parameters<typeof attempt>[1]): Promise<void> {
  const token = newToken();
  const channel = await claimed(store, { token });
  const after = {
    ...recording(channel.view.record, attempt(1, over)),
    want: { on: false, cause: "empty" },
    sessions: {},
  };
  await commitOn(store, channel, {
    token,
    after,
    release: true,
  });
}

/** Resolves when so much time has passed on Redis's clock. */
async function redisTime(store: Fixture["store"], ms: number): Promise<void> {
  const untilMs = (await store.nowMs()) + ms;
  await vi.waitFor(async () => expect(await store.nowMs()).toBeGreaterThanOrEqual(untilMs), { interval: 5 });
}
