import type { Strike } from "./strike.ts";

/** Redis does not answer for a while; it loses nothing. */
export const redisAway: Strike = {
  name: "redis away",
  weight: 0.5,
  strike: (world, random) => {
    const awayMs = random.between(500, 2 * world.durations.leaseMs);
    world.redisAwayUntilMs = Math.max(world.redisAwayUntilMs, world.clock.nowMs + awayMs);
    world.say(() => `Redis is away for ${String(awayMs)} ms`);
  },
};

/** Redis loses all that it knows: everything is brought back from Kafka. */
export const redisEmptied: Strike = {
  name: "redis emptied",
  weight: 0.12,
  strike: (world) => world.loseRedis(),
};

/** The group loses a member that is alive, and gets it back. */
export const rebalance: Strike = {
  name: "rebalance",
  weight: 0.7,
  strike: (world, random) => {
    const process = world.processes[random.between(0, world.processes.length - 1)];
    if (process !== undefined) world.kafka.leave(process.id);
  },
};

/** Visits of yesterday are told again. */
export const replay: Strike = {
  name: "replay",
  weight: 0.7,
  strike: (world, random) => world.rooms[random.between(0, world.rooms.length - 1)]?.replay(random.between(90, 103)),
};
