import type { Strike } from "./strike.ts";

/** SIGKILL at any moment. */
export const crash: Strike = {
  name: "crash",
  weight: 2,
  strike: (world, random) => world.processes[random.between(0, world.processes.length - 1)]?.crash(),
};

/** SIGSTOP for up to three leases. */
export const freeze: Strike = {
  name: "freeze",
  weight: 2,
  strike: (world, random) => world.processes[random.between(0, world.processes.length - 1)]?.freeze(),
};

/** All processes get other rules, or none, one after the other. */
export const changeRules: Strike = {
  name: "change rules",
  weight: 0.3,
  strike: (world, random) => {
    const others = (["first", "second", "none"] as const).filter((version) => version !== world.ruleVersion);
    world.changeRules(others[random.between(0, 1)] ?? "first");
  },
};
