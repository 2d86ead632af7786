import { redisConnection, systemClock } from "@autorec/service-kit";
import type { Metrics } from "@autorec/service-kit";
import { createSessionStore, StoreError } from "@autorec/session-store";
import type { SessionStore } from "@autorec/session-store";
import type { EngineConfig } from "./engine-config.ts";
import type { Start } from "./interruptible-start.ts";
import type { OpenedProcess } from "./open-process.ts";

/**
 * Opens the store, registers its end and waits until Redis answers.
 * @throws AutorecError REC_REDIS_UNREACHABLE with the reason that the connection gave; StoreError when Redis refuses
 */
export async function openStore(
  config: EngineConfig,
  { log, metrics }: OpenedProcess,
  start: Start,
): Promise<SessionStore> {
  let trouble: unknown;
  const onConnectionError = (err: unknown): void => {
    trouble = err;
    log.debug({ err }, "redis connection failed");
  };
  const store = createStore(config, { metrics, onConnectionError });
  start.onStop("redis", () => store.close());
  const reachRedis = async (): Promise<void> => {
    await store.nowMs().catch((err: unknown) => {
      throw whyUnreachable(err, trouble);
    });
  };
  await start.waitFor("redis", reachRedis, "REC_REDIS_UNREACHABLE");
  return store;
}

function createStore(
  config: EngineConfig,
  tools: { readonly metrics: Metrics; readonly onConnectionError: (err: unknown) => void },
): SessionStore {
  return createSessionStore({
    ...redisConnection(config.redis),
    prefix: config.deployment.keyPrefix,
    shardCount: config.deployment.shards,
    quotaRecoverMs: config.durations.quotaRecoverMs,
    onConnectionError: tools.onConnectionError,
    metrics: {
      monotonicMs: () => systemClock.monotonicMs(),
      onScript: (script, durationMs) => {
        tools.metrics.redisScriptDuration.observe({ script }, durationMs / 1_000);
      },
    },
  });
}

/** A command without an answer does not know why; the connection does: refused, unknown host, certificate. */
function whyUnreachable(err: unknown, connectionError: unknown): unknown {
  const isUnanswered = err instanceof StoreError && err.code === "REC_REDIS_UNREACHABLE";
  return isUnanswered && connectionError instanceof Error ? connectionError : err;
}
