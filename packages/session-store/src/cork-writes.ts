import { nextTick } from "node:process";
import { Redis } from "ioredis";
import type { RedisClient } from "./redis-client.ts";

/**
 * Commands that are given in the same turn of the event loop leave in one system call; none waits longer than that turn.
 * With a hundred channels under way a turn brings several answers, and each of them the next command.
 */
export function corkWrites(client: RedisClient): void {
  if (!(client instanceof Redis) || client.status !== "ready") return;
  const { stream } = client;
  if (stream.writableCorked > 0) return;
  stream.cork();
  nextTick(() => {
    stream.uncork();
  });
}
