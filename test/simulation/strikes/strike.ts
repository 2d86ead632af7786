import type { SeededRandom } from "../seeded-random.ts";
import type { World } from "../world.ts";

/** Something that nobody asked for, as it may happen at any moment of a storm. A new one is a file and a line in `all-strikes.ts`. */
export interface Strike {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  /** `random` belongs to this strike alone; a promise is awaited before time goes on. */
  readonly strike: (world: World, random: SeededRandom) => unknown;
}
