import type { ControlScope } from "@autorec/domain";
import { expect, test } from "vitest";
import { anyNumber, claimed, joined, newToken, openStoreFixture, room } from "../support/session-store.ts";

const all: ControlScope = { kind: "all" };
const app: ControlScope = { kind: "app", app: "prod", appId: "app1" };
const by = { author: "alice", reason: "incident 7" } as const;

test("a switch is stored with who, why and when; the same scope has one, and each change has a greater revision", async () => {
  const { store } = await openStoreFixture();
  const first = await store.throwSwitch({ ...by, scope: all, mode: "holdStarts" });
  expect(first).toEqual({
    after: { schemaVersion: 1, revision: anyNumber, scope: all, mode: "holdStarts", sinceMs: anyNumber, ...by },
  });
  const untilMs = first.after.sinceMs + 60_000;
  const second = await store.throwSwitch({ ...by, scope: all, mode: "stopAll", untilMs });
  expect(second.before).toEqual(first.after);
  expect(second.after).toMatchObject({ mode: "stopAll", untilMs });
  expect(second.after.revision).toBeGreaterThan(first.after.revision);
  await store.throwSwitch({ ...by, scope: app, mode: "handsOff" });
  const { revision, switches } = await store.readControl();
  expect(switches.map(({ mode }) => mode).sort()).toEqual(["handsOff", "stopAll"]);
  expect(revision).toBeGreaterThan(second.after.revision);
});

test("lifting a switch twice lifts it once, and one that was changed meanwhile does not expire", async () => {
  const { store } = await openStoreFixture();
  const { after } = await store.throwSwitch({ ...by, scope: all, mode: "holdStarts", untilMs: 1 });
  const changed = await store.throwSwitch({ ...by, scope: all, mode: "holdStarts" });
  expect(await store.liftSwitch("all", { ...by, expired: after })).toEqual({ kind: "absent" });
  expect(await store.liftSwitch("all", by)).toEqual({ kind: "lifted", before: changed.after });
  expect(await store.liftSwitch("all", by)).toEqual({ kind: "absent" });
  expect((await store.readControl()).switches).toEqual([]);
});

test("the audit keeps every change with author, reason, before and after, newest first", async () => {
  const { store } = await openStoreFixture();
  const { after } = await store.throwSwitch({ ...by, scope: all, mode: "holdStarts" });
  await store.liftSwitch("all", { author: "bob", reason: "over" });
  await store.auditAction({ action: "retry", target: "channel:prod/room", ...by });
  const [retried, lifted, thrown, ...rest] = await store.readAudit(10);
  expect(retried).toMatchObject({ action: "retry", target: "channel:prod/room", ...by });
  expect(lifted).toEqual({
    schemaVersion: 1,
    action: "resume",
    target: "all",
    author: "bob",
    reason: "over",
    atMs: anyNumber,
    before: JSON.stringify(after),
  });
  expect(thrown).toMatchObject({ action: "pause", target: "all", ...by, after: JSON.stringify(after) });
  expect(thrown).not.toHaveProperty("before");
  expect(rest).toEqual([]);
});

test("authors who change switches at the same moment lose nothing of one another", async () => {
  const { store } = await openStoreFixture();
  const names = Array.from({ length: 8 }, (_, i) => `rule-${String(i)}`);
  await Promise.all(
    names.map((rule) => store.throwSwitch({ ...by, scope: { kind: "rule", rule }, mode: "holdStarts" })),
  );
  const { switches } = await store.readControl();
  expect(switches).toHaveLength(8);
  expect(new Set(switches.map(({ revision }) => revision)).size).toBe(8);
  expect(await store.readAudit(20)).toHaveLength(8);
});

test("switches that Redis has lost come back once per loss, beside new ones, and none that was lifted after it", async () => {
  const { redisOf, store, prefix } = await openStoreFixture();
  await store.throwSwitch({ ...by, scope: all, mode: "stopAll" });
  const before = await store.readControl();
  const known = { switches: before.switches, author: "watchdog-1", ...(before.born ? { born: before.born } : {}) };
  expect(await store.restoreSwitches(known)).toBe("known");
  await (await redisOf("{control}")).del(`${prefix}:control:{control}`);
  await store.throwSwitch({ ...by, scope: app, mode: "holdStarts" });
  expect(await store.restoreSwitches(known)).toBe("restored");
  const after = await store.readControl();
  expect(after.switches.map(({ mode }) => mode).sort()).toEqual(["holdStarts", "stopAll"]);
  expect(after.revision).toBeGreaterThan(before.revision);
  await store.liftSwitch("all", by);
  // A process that was paused for all this time remembers the old switches still.
  expect(await store.restoreSwitches(known)).toBe("known");
  expect((await store.readControl()).switches.map(({ mode }) => mode)).toEqual(["holdStarts"]);
  expect((await store.readAudit(10)).map(({ action }) => action)).toContain("restore");
});

test("a Redis that went back in time gets the switches as they were: the new one is back, the lifted one is gone again", async () => {
  const { redisOf, store, prefix } = await openStoreFixture();
  const redis = await redisOf("{control}");
  const key = `${prefix}:control:{control}`;
  await store.throwSwitch({ ...by, scope: all, mode: "stopAll" });
  const old = await redis.hgetall(key);
  await store.liftSwitch("all", by);
  await store.throwSwitch({ ...by, scope: app, mode: "holdStarts" });
  const { born = "", revision, switches } = await store.readControl();
  const known = { switches, born, revision, author: "watchdog-1" };
  expect(await store.restoreSwitches(known)).toBe("known");
  await redis.del(key);
  await redis.hset(key, old);
  expect(await store.restoreSwitches(known)).toBe("restored");
  expect(await store.restoreSwitches(known)).toBe("known");
  const after = await store.readControl();
  expect(after).toMatchObject({ switches, born });
  expect(after.revision).toBeGreaterThan(revision);
});

test("the journal's switches come back only where Redis has none at all", async () => {
  const { store } = await openStoreFixture();
  const { after } = await store.throwSwitch({ ...by, scope: all, mode: "stopAll" });
  await store.liftSwitch("all", by);
  expect(await store.restoreSwitches({ switches: [after], author: "journal" })).toBe("known");
  const empty = await openStoreFixture();
  expect(await empty.store.restoreSwitches({ switches: [after], author: "journal" })).toBe("restored");
  expect((await empty.store.readControl()).switches).toEqual([after]);
});

test("a switch of an unknown version is refused, never guessed", async () => {
  const { redisOf, store, prefix } = await openStoreFixture();
  await store.throwSwitch({ ...by, scope: all, mode: "stopAll" });
  await (
    await redisOf("{control}")
  ).hset(`${prefix}:control:{control}`, "s:all", JSON.stringify({ schemaVersion: 2, mode: "everything" }));
  await expect(store.readControl()).rejects.toMatchObject({ code: "REC_RECORD_SCHEMA", retry: "terminal" });
});

test("channels are made due one after the other, once per revision, never later than they were", async () => {
  const { store, redis, key } = await openStoreFixture();
  const refs = Array.from({ length: 1_200 }, (_, i) => ({ appId: "app1", channelName: `c${String(i)}` }));
  const nowMs = await store.nowMs();
  await redis.zadd(key("due"), nowMs - 5_000, "app1:c7");
  expect(await store.spreadDue(0, { refs, revision: 5, firstMs: 100, stepMs: 2 })).toBe("spread");
  const due = async (name: string): Promise<number> => Number(await redis.zscore(key("due"), `app1:${name}`));
  expect(await due("c7")).toBe(nowMs - 5_000);
  expect((await due("c1199")) - (await due("c0"))).toBeGreaterThanOrEqual(2_398);
  expect((await due("c1199")) - nowMs).toBeLessThan(2_398 + 5_000);
  expect(await store.spreadDue(0, { refs, revision: 5, firstMs: 0, stepMs: 2 })).toBe("known");
  expect(await store.spreadDue(0, { refs: [], revision: 6, firstMs: 0, stepMs: 2 })).toBe("spread");
});

test("a channel that is leased as the switches change is looked at again when its lease is given back", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  const token = newToken();
  const channel = await claimed(store, { token });
  await store.spreadDue(0, { refs: [room], revision: 1, firstMs: 60_000, stepMs: 1 });
  const { record } = channel.view;
  const dueAtMs = channel.nowMs + 3_600_000;
  const decision = { before: record, after: record, consumedFacts: [], lifecycle: [], snapshots: [] };
  const reply = await store.commit(room, { ...decision, token, expectedRev: channel.rev, dueAtMs, release: true });
  expect(reply.kind).toBe("ok");
  expect(await store.claimOne(room, { token: newToken(), owner: "other", leaseMs: 1_000 })).toMatchObject({
    kind: "claimed",
  });
});
