import type { Recorder } from "../model-recorders.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { World } from "../world.ts";
import type { Strike } from "./strike.ts";

/** A recorder ends, and everybody in the channel sees it leave. */
export const kill: Strike = {
  name: "kill",
  weight: 1,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    if (recorder !== undefined) world.agora.recorders.leave(recorder, { silent: false });
  },
};

/** A recorder ends, and nobody is told. */
export const silentDeath: Strike = {
  name: "silent death",
  weight: 1,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    if (recorder !== undefined) world.agora.recorders.leave(recorder, { silent: true });
  },
};

/** Agora moves a recorder to another machine. */
export const migrate: Strike = {
  name: "migrate",
  weight: 2,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    if (recorder !== undefined) world.agora.recorders.migrate(recorder);
  },
};

/** A recorder ends by itself, and says so to who asks. */
export const endByItself: Strike = {
  name: "end by itself",
  weight: 0.5,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    if (recorder !== undefined) world.agora.recorders.endByItself(recorder, { failed: random.chance(0.5) });
  },
};

/** Agora refuses whatever names the recorder from now on, whether it is to be asked or stopped. */
export const loseControl: Strike = {
  name: "lose control",
  weight: 0.3,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    if (recorder === undefined) return;
    recorder.isOutOfControl = true;
    world.say(() => `Agora: ${recorder.sid} can no longer be controlled`);
  },
};

/** Agora says that the files of a recorder do not arrive. */
export const storageError: Strike = {
  name: "storage error",
  weight: 0.3,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    return recorder === undefined ? undefined : world.tellOf(recorder, "storageError");
  },
};

/** Somebody asks for another recorder in the place of this one. */
export const rotate: Strike = {
  name: "rotate",
  weight: 0.4,
  strike: (world, random) => {
    const recorder = anyOf(world, random);
    return recorder === undefined ? undefined : world.tellOf(recorder, "rotate");
  },
};

function anyOf(world: World, random: SeededRandom): Recorder | undefined {
  const live = world.rooms.flatMap(({ name }) => world.agora.recorders.live(name));
  return live[random.between(0, live.length - 1)];
}
