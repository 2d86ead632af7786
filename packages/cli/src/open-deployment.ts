import { readFileSync } from "node:fs";
import { parseEnv, redisConnection, redisEnv } from "@autorec/service-kit";
import type { Env } from "@autorec/service-kit";
import { createSessionStore } from "@autorec/session-store";
import { deploymentEnv, durationsEnv, loadPolicy } from "@autorec/settings";
import type { Deployment } from "./session.ts";

/**
 * The deployment that the environment names, the same one as a service with that environment. Nothing is written.
 * @throws ConfigError, SettingsError (exit 2); StoreError REC_REDIS_UNREACHABLE (exit 5)
 */
export async function openDeployment(env: Env): Promise<Deployment> {
  const config = parseEnv({ redis: redisEnv, deployment: deploymentEnv, durations: durationsEnv }, env);
  const { configPath, keyPrefix, shards } = config.deployment;
  const readFile = (path: string): string => readFileSync(path, "utf8");
  const policy = loadPolicy({ path: configPath, env, readFile, durations: config.durations });
  const store = createSessionStore({
    ...redisConnection(config.redis),
    prefix: keyPrefix,
    shardCount: shards,
    onConnectionError: () => undefined,
  });
  try {
    await store.nowMs();
  } catch (err) {
    await store.close();
    throw err;
  }
  return { store, policy, shardCount: shards, close: () => store.close() };
}
