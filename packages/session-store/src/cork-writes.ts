import { Redis } from "ioredis";
import { atEndOfTurn } from "./end-of-turn.ts";
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
  atEndOfTurn(() => {
    stream.uncork();
  });
}
