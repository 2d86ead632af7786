import type { createRandom } from "@autorec/simulator";
import { faultKinds, faults } from "./faults.ts";
import type { FaultName } from "./faults.ts";

type Random = ReturnType<typeof createRandom>;

/**
 * The faults of a mix, without end; the same chance draws the same ones. Every round has each fault once, and begins with one
 * of each kind: a run that is long enough for as many faults as there are kinds has met them all.
 */
export function* drawFaults(random: Random): Generator<FaultName, never> {
  for (;;) {
    const names = shuffled(Object.keys(faults).filter(isFaultName), random);
    const first = faultKinds.flatMap((kind) => names.find((name) => faults[name].kind === kind) ?? []);
    yield* shuffled(first, random);
    yield* names.filter((name) => !first.includes(name));
  }
}

function isFaultName(name: string): name is FaultName {
  return name in faults;
}

/** Each card once, in an order that chance draws. */
export function shuffled<Card>(cards: readonly Card[], { between }: Random): readonly Card[] {
  const rest = [...cards];
  return cards.flatMap(() => rest.splice(between(0, rest.length - 1), 1));
}
