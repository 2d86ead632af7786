import { createLogger, createMetrics, createShutdown, defaultInstanceId, systemClock } from "@autorec/service-kit";
import type { Logger, Metrics, Shutdown } from "@autorec/service-kit";
import { scriptNames } from "@autorec/session-store";
import type { Policy } from "@autorec/settings";
import packageJson from "../package.json" with { type: "json" };
import { accountName } from "./agora-access.ts";
import type { EngineConfig } from "./engine-config.ts";

/** What a process has before it has reached anything. */
export interface OpenedProcess {
  readonly instanceId: string;
  readonly version: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  /** Names for labels and people: of an app in the configuration, and of the account that its requests count for. */
  readonly appName: (appId: string) => string;
  readonly accountOf: (appId: string) => string;
}

/** Log, metrics and the end of the process; every secret of policy and environment is hidden from the log from now on. */
export function openProcess(
  service: "consumer" | "watchdog",
  { config, policy }: { readonly config: EngineConfig; readonly policy: Policy },
): OpenedProcess {
  const instanceId = config.deployment.instanceId ?? defaultInstanceId();
  const { version } = packageJson;
  const { log, hide, flush } = createLogger({ service, instanceId, version, level: config.log.level });
  const ownSecrets = [config.kafka.sasl?.password, config.redis.password].filter((secret) => secret !== undefined);
  hide([...policy.secrets, ...ownSecrets]);
  const accountOf = (appId: string): string => {
    const app = policy.apps.get(appId);
    return app === undefined ? "other" : accountName(app, policy);
  };
  const metrics = createMetrics({
    version,
    apps: [...policy.apps.values()].map((app) => app.name),
    accounts: [...new Set([...policy.apps.keys()].map(accountOf))],
    scripts: scriptNames,
  });
  metrics.configHashInfo.set({ hash: policy.hash.slice(0, 12) }, 1);
  const shutdown = createShutdown({
    drainMs: config.life.drainMs,
    log,
    clock: systemClock,
    flush,
    onDraining: () => {
      metrics.draining.set(1);
    },
    onDrained: (durationMs) => {
      metrics.drainDuration.set(durationMs / 1_000);
    },
  });
  const appName = (appId: string): string => policy.apps.get(appId)?.name ?? "other";
  return { instanceId, version, log, metrics, shutdown, appName, accountOf };
}
