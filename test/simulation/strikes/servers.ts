import type { Strike } from "./strike.ts";

/** Redis does not answer for a while; it loses nothing. */
export const redisAway: Strike = {
  name: "redis away",
  weight: 0.5,
  strike: (world, random) => {
    const awayMs = random.between(500, 2 * world.durations.leaseMs);
    world.redis.takeAway(awayMs);
  },
};

/** Redis loses all that it knows: everything is brought back from Kafka. */
export const redisEmptied: Strike = {
  name: "redis emptied",
  weight: 0.12,
  strike: (world) => world.redis.loseAll(),
};

/** Redis goes, for longer than its journal took to be written, and another one comes with nothing in it. */
export const redisReplaced: Strike = {
  name: "redis replaced",
  weight: 0.08,
  strike: (world, random) => {
    world.redis.takeAway(random.between(world.durations.leaseMs, 4 * world.durations.leaseMs));
    world.redis.loseAll();
  },
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
