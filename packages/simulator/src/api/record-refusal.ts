import type { World } from "../core/world.ts";

/** Writes down a request that was too broken to be a call; answers the id that its answer carries. */
export function recordRefusal(world: World, status: number): string {
  const requestId = world.random.hex(32);
  const startedAtMs = world.scheduler.nowMs();
  const outcome = { status, applied: false, answered: true, durationMs: 0 };
  world.record({ kind: "request", call: "other", requestId, startedAtMs, ...outcome });
  return requestId;
}
