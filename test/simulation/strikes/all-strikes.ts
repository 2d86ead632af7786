import { changeRules, crash, freeze } from "./processes.ts";
import { kill, migrate, silentDeath } from "./recorders.ts";
import { rebalance, redisAway, replay } from "./servers.ts";
import type { Strike } from "./strike.ts";

/** Everything that a storm may bring. */
export const allStrikes: readonly Strike[] = [
  crash,
  freeze,
  changeRules,
  kill,
  silentDeath,
  migrate,
  redisAway,
  rebalance,
  replay,
];
