import { controlModes } from "@autorec/domain";
import type { Strike } from "./strike.ts";

/** An operator holds starts, takes hands off or stops everything for a while; whoever comes last decides. */
export const control: Strike = {
  name: "switch",
  weight: 0.25,
  strike: (world, random) => {
    const mode = controlModes[random.between(0, controlModes.length - 1)] ?? "holdStarts";
    const { pollMs } = world.durations;
    world.setControl(mode);
    world.clock.in(random.between(pollMs / 4, 3 * pollMs), () => world.setControl("run"));
  },
};
