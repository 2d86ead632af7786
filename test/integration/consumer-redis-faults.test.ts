import { startDevstack } from "@autorec/devstack";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { channel, event, openConsuming } from "../support/consuming.ts";
import { openBareRedis } from "../support/redis.ts";

// These tests exhaust and pause their Redis, so they have one of their own.
let redisUrl = "";
let admin: Redis;
let stop: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  const { REDIS_URL: _shared, ...env } = process.env;
  const devstack = await startDevstack({ kafka: false, env, log: () => undefined });
  redisUrl = devstack.redisUrl;
  stop = () => devstack.stop();
  admin = openBareRedis(redisUrl);
}, 120_000);

afterAll(async () => {
  await admin.quit();
  await stop();
});

const soon = { timeout: 20_000, interval: 50 };

test("while Redis is out of memory nothing is committed and readiness says why; then everything is applied", async () => {
  const consuming = await openConsuming({ redisUrl });
  await admin.config("SET", "maxmemory-policy", "noeviction");
  await admin.config("SET", "maxmemory", "1");
  try {
    await consuming.produce([event("joined", "a"), event("joined", "b"), event("left", "b")]);
    const consumer = consuming.run();
    await vi.waitFor(() => expect(consumer.problems.redis()).toContain("out of memory"), soon);
    // Longer than the session: the member must not be thrown out while it waits.
    const sinceMs = performance.now();
    await vi.waitFor(() => expect(performance.now() - sinceMs).toBeGreaterThan(4_000), soon);
    expect(await consuming.committed()).toEqual([-1]);
    expect(consumer.problems.kafka()).toBeUndefined();
    await admin.config("SET", "maxmemory", "0");
    await vi.waitFor(async () => expect(await consuming.committed()).toEqual([3]), soon);
    expect(consumer.problems.redis()).toBeUndefined();
    expect(consumer.looks).toContain("a");
  } finally {
    await admin.config("SET", "maxmemory", "0");
  }
  expect((await consuming.store.readChannel(channel("a")))?.view.presence.count).toBe(1);
  expect((await consuming.store.readChannel(channel("b")))?.view.presence.count).toBe(0);
}, 60_000);

test("a process told to stop while Redis is away goes without committing, and the next one applies the batch", async () => {
  const consuming = await openConsuming({ redisUrl });
  await consuming.produce([event("joined", "a")]);
  await admin.config("SET", "maxmemory", "1");
  try {
    const first = consuming.run();
    await vi.waitFor(() => expect(first.problems.redis()).toBeDefined(), soon);
    await first.stop();
    expect(await consuming.committed()).toEqual([-1]);
  } finally {
    await admin.config("SET", "maxmemory", "0");
  }
  consuming.run();
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([1]), soon);
}, 60_000);

test("a channel whose keys somebody else has spoilt is dead-lettered and holds up no other", async () => {
  const consuming = await openConsuming({ redisUrl });
  const shard = consuming.store.shardOf(channel("spoilt"));
  await admin.set(`${consuming.prefix}:ch:{${shard}}:app:spoilt`, "not a hash");
  await consuming.produce([event("joined", "spoilt"), event("joined", "fine")]);
  consuming.run();
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([2]), soon);
  const [letter] = await consuming.deadLetters(1);
  expect(String(letter?.headers?.["x-error-code"])).toBe("REC_REDIS_REFUSED");
  expect((await consuming.store.readChannel(channel("fine")))?.view.presence.count).toBe(1);
}, 60_000);
