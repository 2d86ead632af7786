import { createRandom } from "@autorec/simulator";

/** Chance that a seed repeats exactly. */
export interface SeededRandom {
  /** 0 ≤ x < 1. */
  next(): number;
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  between(min: number, max: number): number;
}

/** The simulator's chance, with the one question more that a storm asks. */
export function seededRandom(seed: number): SeededRandom {
  const { next, between } = createRandom(seed);
  return { next, chance: (probability) => next() < probability, between };
}
