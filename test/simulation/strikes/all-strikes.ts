import { control } from "./operators.ts";
import { changeRules, crash, freeze } from "./processes.ts";
import { endByItself, kill, loseControl, migrate, rotate, silentDeath, storageError } from "./recorders.ts";
import { rebalance, redisAway, redisEmptied, redisReplaced, replay } from "./servers.ts";
import type { Strike } from "./strike.ts";

/** Everything that a storm may bring. */
export const allStrikes: readonly Strike[] = [
  crash,
  freeze,
  changeRules,
  kill,
  silentDeath,
  migrate,
  endByItself,
  loseControl,
  storageError,
  rotate,
  control,
  redisAway,
  redisEmptied,
  redisReplaced,
  rebalance,
  replay,
];
