import { createRandom } from "@autorec/simulator";
import { expect, test } from "vitest";
import { drawFaults } from "./draw-faults.ts";
import { faultKinds, faults } from "./faults.ts";
import type { FaultName } from "./faults.ts";

const drawn = (seed: number, count: number): readonly FaultName[] => {
  const deck = drawFaults(createRandom(seed));
  return Array.from({ length: count }, () => deck.next().value);
};
const seeds = Array.from({ length: 200 }, (_, i) => i + 1);

test("whatever the seed, the first faults of a mix are one of each kind, and a round has every fault once", () => {
  for (const seed of seeds) {
    const round = drawn(seed, Object.keys(faults).length);
    const kinds = round.slice(0, faultKinds.length).map((name) => faults[name].kind);
    expect(kinds.toSorted(), `seed ${String(seed)}`).toEqual([...faultKinds].toSorted());
    expect(round.toSorted(), `seed ${String(seed)}`).toEqual(Object.keys(faults).toSorted());
  }
});

test("the same seed draws the same faults, and seeds differ", () => {
  expect(drawn(7, 25)).toEqual(drawn(7, 25));
  expect(new Set(seeds.map((seed) => drawn(seed, 25).join(" "))).size).toBeGreaterThan(150);
});
