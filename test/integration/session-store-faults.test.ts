import { startDevstack } from "@autorec/devstack";
import { StoreError, createSessionStore } from "@autorec/session-store";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { openBareRedis, randomPrefix } from "../support/redis.ts";
import {
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

// These tests exhaust, pause and rob their Redis, so they have one of their own.
let url = "";
let admin: Redis;
let stop: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  const { REDIS_URL: _shared, ...env } = process.env;
  const devstack = await startDevstack({ kafka: false, env, log: () => undefined });
  url = devstack.redisUrl;
  stop = () => devstack.stop();
  admin = openBareRedis(url);
}, 120_000);

afterAll(async () => {
  await admin.quit();
  await stop();
});

const open = (options: Parameters<typeof openStoreFixture>[0] = {}) => openStoreFixture({ redis: { url }, ...options });

async function outOfMemory(): Promise<() => Promise<unknown>> {
  await admin.config("SET", "maxmemory-policy", "noeviction");
  await admin.config("SET", "maxmemory", "1");
  const back = (): Promise<unknown> => admin.config("SET", "maxmemory", "0");
  onTestFinished(async () => {
    await back();
  });
  return back;
}

async function everything(prefix: string): Promise<ReadonlyMap<string, string>> {
  const keys = (await admin.keys(`${prefix}:*`)).sort();
  const dumps = await Promise.all(keys.map(async (key) => (await admin.dumpBuffer(key)).toString("hex")));
  return new Map(keys.map((key, i) => [key, dumps[i] ?? ""]));
}

async function failure(work: Promise<unknown>): Promise<StoreError> {
  const outcome = await work.then(
    () => undefined,
    (err: unknown) => err,
  );
  if (!(outcome instanceof StoreError)) throw new Error("expected a StoreError", { cause: outcome });
  return outcome;
}

test("without memory every script that can grow fails before its first write, and works again afterwards", async () => {
  const { store, prefix } = await open();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const other = { appId: "app1", channelName: "other" };
  await store.applyPresence(other, { events: [joined(7, 1)], hold: { partition: 0, offset: "9" } });
  const { record } = channel.view;
  const decision = {
    ...nothingElse,
    token,
    expectedRev: channel.rev,
    before: record,
    after: recording(record, attempt(1)),
    snapshots: [attempt(1)],
    release: true,
  };
  const before = await everything(prefix);
  const back = await outOfMemory();
  const attempts = {
    applyPresence: () => store.applyPresence(room, { events: [joined(8, 1), left(7, 2)] }),
    look: () => store.applyPresence(room, { events: [{ kind: "look" }] }),
    claimOne: () => store.claimOne(other, { token: newToken(), owner: "a", leaseMs }),
    claimDue: () => store.claimDue(0, { token: newToken(), owner: "a", leaseMs, max: 9 }),
    renew: () => store.renew(room, { token, leaseMs }),
    commit: () => store.commit(room, decision),
    fact: () => store.fact(room, sidFact(1)),
    releaseHolds: () => store.releaseHolds(0, 0, "9"),
    announceRules: () => store.announceRules(0, "rules", 1_000),
    claimRelay: () => store.claimRelay(0, { token, leaseMs }),
    takeRequest: () => store.takeRequest("account", { class: "start", requestsPerSecond: 1 }),
  };
  for (const [name, run] of Object.entries(attempts)) {
    expect(await failure(run()), name).toMatchObject({ code: "REC_REDIS_OUT_OF_MEMORY", retry: "retry" });
  }
  expect(await everything(prefix)).toEqual(before);
  expect(await store.readChannel(room), "reading needs no memory").toBeDefined();
  await back();
  expect(await store.commit(room, decision)).toMatchObject({ kind: "ok" });
});

test("without memory a lease can still be given back", async () => {
  const { store } = await open();
  const token = newToken();
  await occupiedAndClaimed(store, { token });
  await outOfMemory();
  expect(await store.release(room, { token })).toBe("released");
});

test("a Redis that has forgotten the scripts gets their text again", async () => {
  const { store } = await open();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  await admin.script("FLUSH");
  expect(await store.applyPresence(room, { events: [joined(8, 1)] })).toMatchObject({ applied: 1 });
});

test("a command lost in flight is told at once as an error to retry, and retrying is harmless", async () => {
  const { store } = await open();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  await admin.call("CLIENT", "PAUSE", "2000", "WRITE");
  const lost = failure(store.applyPresence(room, { events: [joined(8, 1)] }));
  await vi.waitFor(async () => expect(await admin.call("CLIENT", "LIST")).toContain("cmd=evalsha"), { interval: 10 });
  await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await admin.call("CLIENT", "UNPAUSE");
  expect(await lost).toMatchObject({ code: "REC_REDIS_UNREACHABLE", retry: "retry" });
  await vi.waitFor(async () =>
    expect(await store.applyPresence(room, { events: [joined(8, 1)] })).toMatchObject({ occupied: true }),
  );
  expect((await store.readChannel(room))?.view.presence.count).toBe(2);
});

test("a Redis that does not answer in time is unreachable", async () => {
  const { store } = await open({ commandTimeoutMs: 500 });
  expect(await store.nowMs()).toBeGreaterThan(0);
  await admin.call("CLIENT", "PAUSE", "1200", "ALL");
  expect(await failure(store.nowMs())).toMatchObject({ code: "REC_REDIS_UNREACHABLE", retry: "retry" });
  await vi.waitFor(async () => expect(await store.nowMs()).toBeGreaterThan(0), { timeout: 5_000 });
});

test("a Redis that is not there is unreachable at once, said to the listener, and closing still works", async () => {
  const heard: Error[] = [];
  const store = createSessionStore({
    redis: { host: "127.0.0.1", port: 1 },
    prefix: randomPrefix(),
    shardCount: 1,
    onConnectionError: (err) => heard.push(err),
  });
  expect(await failure(store.readyEpoch(0))).toMatchObject({ code: "REC_REDIS_UNREACHABLE", retry: "retry" });
  expect(heard[0]?.message).toContain("ECONNREFUSED");
  await store.close();
});

test("an ACL user gets in with its password in the URL; a wrong one is refused for good, and no error holds it", async () => {
  await admin.call("ACL", "SETUSER", "autorec", "on", ">s3cret-value", "~*", "+@all");
  const withPassword = (password: string) =>
    createSessionStore({
      redis: { url: url.replace("redis://", `redis://autorec:${password}@`) },
      prefix: randomPrefix(),
      shardCount: 1,
    });
  const right = withPassword("s3cret-value");
  expect(await right.nowMs()).toBeGreaterThan(0);
  await right.close();
  const wrong = withPassword("wr0ng-value");
  await vi.waitFor(async () => {
    const err = await failure(wrong.nowMs());
    expect(err).toMatchObject({ code: "REC_REDIS_REFUSED", retry: "terminal" });
    expect(`${err.message} ${JSON.stringify(err.context)} ${String(err.cause)}`).not.toContain("wr0ng-value");
  });
  await wrong.close();
});

test("a key of another type is refused for good", async () => {
  const { store, key } = await open();
  await admin.set(key("ch", room), "not a hash");
  expect(await failure(store.applyPresence(room, { events: [joined(7, 1)] }))).toMatchObject({
    code: "REC_REDIS_REFUSED",
    retry: "terminal",
  });
});

test.each([
  ["another schemaVersion", "schemaVersion", "2", /schemaVersion 2/],
  ["no JSON where JSON belongs", "want", "{", /field want/],
  [
    "a field of another type",
    "slots.primary",
    '{"resp":"1","nextK":0,"backoffStep":0,"nextClaimAtMs":0}',
    /slots\.primary/,
  ],
  ["a counter that is none", "p.count", "many", /p\.count/],
])("a record with %s is refused for that channel alone", async (_, field, value, message) => {
  const { store, key } = await open();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const { record } = channel.view;
  await commitOn(store, channel, {
    token,
    after: recording(record, attempt(1)),
    dueAtMs: 1,
    release: true,
  });
  const good = { appId: "app1", channelName: "good" };
  await store.applyPresence(good, { events: [joined(7, 1)] });
  await admin.hset(key("ch", room), field, value);

  expect(await failure(store.readChannel(room))).toMatchObject({
    code: "REC_RECORD_SCHEMA",
    retry: "terminal",
    message: like(message),
  });
  const due = await store.claimDue(0, { token: newToken(), owner: "a", leaseMs, max: 10 });
  if (due.kind !== "claimed") throw new Error(due.kind);
  expect(due.channels.map((one) => one.ref)).toEqual([good]);
  expect(due.unreadable).toEqual([{ ref: room, unreadable: { code: "REC_RECORD_SCHEMA", message: like(message) } }]);
});

test("claimOne of a record that cannot be used throws, and a repaired one goes on after the lease", async () => {
  const { store, key } = await open();
  await store.applyPresence(room, { events: [joined(7, 1)] });
  await admin.hset(key("ch", room), "schemaVersion", "7");
  const token = newToken();
  expect(await failure(store.claimOne(room, { token, owner: "a", leaseMs }))).toMatchObject({
    code: "REC_RECORD_SCHEMA",
  });
  await admin.hset(key("ch", room), "schemaVersion", "1");
  expect(await claimed(store, { token })).toMatchObject({ ref: room });
});

// What Redis Cluster and its relatives ask for: every key that a script touches is declared, and all lie in one slot.
test("no script touches a key that it did not declare, and all keys of a script share one hash tag", async () => {
  const monitor = await admin.monitor();
  const seen: { declared: Set<string>; touched: string[] }[] = [];
  monitor.on("monitor", (_time: string, [command = "", ...rest]: string[], source: string) => {
    const name = command.toLowerCase();
    if (name === "evalsha" || name === "eval")
      seen.push({ declared: new Set(rest.slice(2, 2 + Number(rest[1]))), touched: [] });
    else if (source === "lua" && name !== "time")
      seen.at(-1)?.touched.push(...(name === "del" ? rest : rest.slice(0, 1)));
  });
  const { store } = await open({ tombstones: { lifeMs: 0, countMax: 0, lifeMsMin: 0 } });
  await everyScriptOnce(store);
  await vi.waitFor(() => expect(seen.at(-1)?.touched.join()).toContain(":qps:"));
  monitor.disconnect();
  expect(seen.length).toBeGreaterThan(14);
  for (const { declared, touched } of seen) {
    expect([...declared]).toEqual(expect.arrayContaining([...new Set(touched)]));
    expect(new Set([...declared].map((key) => /\{(.*?)\}/.exec(key)?.[1])).size).toBe(1);
  }
});

async function everyScriptOnce(store: Awaited<ReturnType<typeof open>>["store"]): Promise<void> {
  const token = newToken();
  await store.announceRules(0, "rules", 1_000);
  await store.applyPresence(room, {
    events: [joined(7, 1), left(9, 1), { kind: "look", destroyedAtMs: 5 }],
    hold: { partition: 0, offset: "9" },
  });
  await store.releaseHolds(0, 0, "9");
  await store.announceRules(0, "rules-2", 1_000);
  const due = await store.claimDue(0, { token, owner: "a", leaseMs, max: 10 });
  const channel = due.kind === "claimed" ? due.channels[0] : undefined;
  if (channel === undefined) throw new Error("nothing was claimed");
  await store.renew(room, { token, leaseMs });
  const { record } = channel.view;
  const closed = {
    ...recording(record, attempt(1, { st: "CLOSED", closedAtMs: 1, knownUids: [7] })),
    want: { on: false, cause: "empty" },
    sessions: {},
  };
  const commit = {
    ...nothingElse,
    token,
    expectedRev: channel.rev,
    before: record,
    after: closed,
    snapshots: [attempt(1)],
    dueAtMs: 1,
  };
  await store.commit(room, commit);
  await store.commit(room, commit);
  await store.release(room, { token });
  await store.gc(room, { tombstoneMs: 0 });
  await store.fact(room, sidFact(1));
  await store.claimRelay(0, { token, leaseMs });
  await store.outboxAck(
    0,
    token,
    (await store.outboxRead(0, 9)).map((entry) => entry.id),
  );
  await store.releaseRelay(0, { token });
  await store.takeRequest("account", { class: "start", requestsPerSecond: 1 });
}
