import type { Recorder } from "../model-agora.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { World } from "../world.ts";
import type { Strike } from "./strike.ts";

/** A recorder ends, and everybody in the channel sees it leave. */
export const kill: Strike = {
  name: "kill",
  weight: 1,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    if (recorder !== undefined) world.agora.leave(recorder, { silent: false });
  },
};

/** A recorder ends, and nobody is told. */
export const silentDeath: Strike = {
  name: "silent death",
  weight: 1,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    if (recorder !== undefined) world.agora.leave(recorder, { silent: true });
  },
};

/** Agora moves a recorder to another machine. */
export const migrate: Strike = {
  name: "migrate",
  weight: 2,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    if (recorder !== undefined) world.agora.migrate(recorder);
  },
};

function anyOf(world: World, random: SeededRandom): Recorder | undefined {
  const live = world.rooms.flatMap(({ name }) => world.agora.live(name));
  return live[random.between(0, live.length - 1)];
}
