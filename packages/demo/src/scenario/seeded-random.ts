import { createRandom } from "@autorec/simulator";

/** Chance that can be repeated: the same seed yields the same numbers on every machine. */
export interface SeededRandom {
  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): readonly T[];
}

/** The simulator's chance, as a script wants it: 32 bits of state are plenty for some thousand draws. */
export function seededRandom(seed: number): SeededRandom {
  const { between: integer } = createRandom(seed);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError("cannot pick from an empty list");
    return item;
  };
  return {
    integer,
    pick,
    shuffled(items) {
      const left = [...items];
      const taken: (typeof left)[number][] = [];
      while (left.length > 0) taken.push(...left.splice(integer(0, left.length - 1), 1));
      return taken;
    },
  };
}
