import { readFileSync } from "node:fs";
import type { Durations } from "@autorec/domain";
import { httpEnv, kafkaEnv, lifeEnv, logEnv, parseEnv, redisEnv } from "@autorec/service-kit";
import type { Env } from "@autorec/service-kit";
import { deploymentEnv, durationsEnv, loadPolicy } from "@autorec/settings";
import type { Policy } from "@autorec/settings";

/** What every service reads from its environment, one section per concern. */
export const engineSections = {
  kafka: kafkaEnv,
  redis: redisEnv,
  http: httpEnv,
  log: logEnv,
  life: lifeEnv,
  deployment: deploymentEnv,
  durations: durationsEnv,
} as const;

/** Every section, parsed. */
export type EngineConfig = ReturnType<typeof parseEnv<typeof engineSections>>;

/** The environment, parsed and frozen. @throws ConfigError that names every problem of every section */
export function readEngineConfig(env: Env): EngineConfig {
  return parseEnv(engineSections, env);
}

/** The policy file. @throws SettingsError that names every problem with line and column */
export function readPolicy(options: {
  readonly path: string;
  readonly env: Env;
  readonly durations: Durations;
}): Policy {
  return loadPolicy({
    path: options.path,
    env: options.env,
    readFile: (path) => readFileSync(path, "utf8"),
    durations: options.durations,
  });
}
