import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { inject } from "vitest";

/** The Redis of this test run: REDIS_URL when somebody gives one, else the devstack's. */
export function testRedisUrl(): string {
  return process.env["REDIS_URL"] ?? inject("redisUrl");
}

/** A key prefix that no other test has. */
export function randomPrefix(): string {
  return `test-${randomBytes(6).toString("hex")}`;
}

/** A bare client for looking behind the store; it never retries, so that a test fails at once. */
export function openBareRedis(url: string = testRedisUrl()): Redis {
  return new Redis(url, { protocol: 2, maxRetriesPerRequest: 1 });
}

/** Deletes everything under a prefix. */
export async function deletePrefix(redis: Redis, prefix: string): Promise<void> {
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(cursor, "MATCH", `${prefix}:*`, "COUNT", 1_000);
    if (keys.length > 0) await redis.del(...keys);
    cursor = next;
  } while (cursor !== "0");
}
