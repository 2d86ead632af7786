import { randomBytes } from "node:crypto";
import type { Attempt, ChannelRecord, PendingFact } from "@autorec/domain";
import { createSessionStore, type ChannelRef, type ClaimedChannel, type PresenceEvent } from "@autorec/session-store";
import type { SessionStore, SessionStoreOptions } from "@autorec/session-store";
import type { Redis } from "ioredis";
import { expect, onTestFinished, vi } from "vitest";
import type { RedisCluster } from "./redis-cluster.ts";
import { deletePrefix, openBareRedis, randomPrefix, testRedisUrl } from "./redis.ts";

export interface StoreFixture {
  readonly store: SessionStore;
  readonly redis: Redis;
  readonly prefix: string;
  /** A bare client for a key of another hash tag. */
  readonly redisOf: (key: string) => Promise<Redis>;
  /** A key of the only shard. */
  readonly key: (family: string, ref?: ChannelRef) => string;
}

export const room: ChannelRef = { appId: "app1", channelName: "room" };
export const leaseMs = 30_000;

/** Matches a figure that the test cannot know. */
export const anyNumber: unknown = expect.any(Number);

/** Matches a text by its pattern. */
export function like(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

let cluster: RedisCluster | undefined;

/** From here on every fixture of this test file works on the cluster; its bare client is that of the node with its shard. */
export function workOnCluster(target: RedisCluster): void {
  cluster = target;
}

/** Where the fixtures work: the Redis of all tests, or the cluster that this file has asked for. */
async function openTarget(on: RedisCluster | undefined): Promise<{
  readonly redis: Redis;
  readonly where: Omit<SessionStoreOptions, "prefix" | "shardCount">;
}> {
  if (on === undefined) return { redis: openBareRedis(), where: { redis: { url: testRedisUrl() } } };
  const { url } = await on.masterOf("{0}");
  return { redis: openBareRedis(url), where: { redis: { url }, nodes: on.nodes } };
}

/** A store with one shard, ready, under a prefix of its own; everything goes when the test ends. */
export async function openStoreFixture(
  options: Partial<SessionStoreOptions> & { readonly ready?: boolean } = {},
): Promise<StoreFixture> {
  const { ready = true, ...storeOptions } = options;
  const prefix = randomPrefix();
  const { redis, where } = await openTarget(storeOptions.redis === undefined ? cluster : undefined);
  const store = createSessionStore({ ...where, prefix, shardCount: 1, ...storeOptions });
  onTestFinished(async () => {
    await store.close();
    // A cluster of this file's own goes with it.
    if (where.nodes === undefined) await deletePrefix(redis, prefix);
    await redis.quit();
  });
  if (ready) await store.markReady([0], "epoch-1");
  const key = (family: string, ref?: ChannelRef): string =>
    `${prefix}:${family}:{0}${ref === undefined ? "" : `:${ref.appId}:${ref.channelName}`}`;
  const redisOf = async (other: string): Promise<Redis> => (await cluster?.masterOf(other))?.admin ?? redis;
  return { store, redis, redisOf, prefix, key };
}

export function newToken(): string {
  return randomBytes(16).toString("hex");
}

type UidEvent = Exclude<PresenceEvent, { kind: "look" }>;

export function joined(uid: number, seq: number | string, over: Partial<UidEvent> = {}): PresenceEvent {
  return {
    kind: "joined",
    uid,
    clientSeq: String(seq),
    atMs: 1_700_000_000_000,
    role: "host",
    bot: false,
    reserved: false,
    recorderClient: false,
    ...over,
  };
}

export function left(uid: number, seq: number | string, over: Partial<UidEvent> = {}): PresenceEvent {
  return joined(uid, seq, { kind: "left", reason: 1, ...over });
}

/** A recorder's event: reserved uid, client of type 10. */
export const recorder = { bot: true, reserved: true, recorderClient: true } as const;

/** Somebody is in the channel and this token holds it. */
export async function occupiedAndClaimed(
  store: SessionStore,
  options: { readonly token: string; readonly leaseMs?: number },
): Promise<ClaimedChannel> {
  await store.applyPresence(room, { events: [joined(7, 1)] });
  return claimed(store, options);
}

export async function claimed(
  store: SessionStore,
  options: { readonly token: string; readonly leaseMs?: number },
): Promise<ClaimedChannel> {
  const claim = await store.claimOne(room, { owner: "test", leaseMs, ...options });
  if (claim.kind !== "claimed") throw new Error(`expected a claim, got ${claim.kind}`);
  return claim.channel;
}

export function attempt(n: number, over: Partial<Attempt> = {}): Attempt {
  return {
    n,
    slot: "primary",
    session: "s1",
    k: n - 1,
    uid: 4_000_000_000 + 2 * n,
    mode: "individual",
    ruleHash: "rule-a",
    maxIdleMs: 300_000,
    coverAfterMs: 30_000,
    st: "CLAIMED",
    claimedAtMs: 1_763_000_000_000.5,
    startSends: 0,
    ambiguous: false,
    retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 },
    tokenIssuedAtS: 1_763_000_000,
    tokenSalt: 4_294_967_295,
    tokenLifeS: 86_400,
    knownUids: [],
    controlErrorsAtMs: [],
    everStatus5: false,
    n404: 0,
    journaled: false,
    controlLost: false,
    rotating: false,
    dueAtMs: 0,
    tries: 0,
    ...over,
  };
}

/** The record with want on, session s1 open and these attempts. */
export function recording(record: ChannelRecord, ...attempts: readonly Attempt[]): ChannelRecord {
  return {
    ...record,
    want: { on: true, cause: "occupied", sessionId: "s1", ruleHash: "rule-a" },
    slots: {
      ...record.slots,
      primary: { ...record.slots.primary, resp: attempts.at(-1)?.n ?? 0, nextK: attempts.length },
    },
    attempts: { ...record.attempts, ...Object.fromEntries(attempts.map((one) => [one.n, one])) },
    sessions: { s1: { id: "s1", openedAtMs: 1, cause: "occupied" } },
  };
}

export function sidFact(n: number, over: Partial<PendingFact> = {}): PendingFact {
  return {
    n,
    kind: "sid",
    slot: "primary",
    session: "s1",
    uid: 4_000_000_000 + 2 * n,
    mode: "individual",
    resourceId: "res",
    sid: "sid-1",
    atMs: 5,
    ...over,
  };
}

type CommitOptions = Parameters<SessionStore["commit"]>[1];

/** Commits on what the claim has read; a record that is not named stays as it was. */
export async function commitOn(
  store: SessionStore,
  channel: ClaimedChannel,
  decision: Pick<CommitOptions, "token"> & Partial<CommitOptions>,
): ReturnType<SessionStore["commit"]> {
  const { record } = channel.view;
  return store.commit(channel.ref, {
    ...nothingElse,
    expectedRev: channel.rev,
    before: record,
    after: record,
    ...decision,
  });
}

/** The parts of a commit that most tests leave alone. */
export const nothingElse = {
  consumedFacts: [],
  lifecycle: [],
  snapshots: [],
  dueAtMs: undefined,
  release: false,
} as const;

/** Until Redis's clock has passed a moment; nothing else can end a lease. */
export async function until(store: SessionStore, atMs: number): Promise<void> {
  await vi.waitFor(async () => expect(await store.nowMs()).toBeGreaterThanOrEqual(atMs), {
    timeout: 5_000,
    interval: 5,
  });
}
