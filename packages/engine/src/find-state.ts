import { AutorecError, systemClock } from "@autorec/service-kit";
import type { Logger } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";
import type { DeploymentSettings, Policy } from "@autorec/settings";
import { countJournalled } from "./count-journalled.ts";
import { ensureState } from "./ensure-state.ts";
import { findOrphanedChannels } from "./find-orphaned-apps.ts";
import type { Start } from "./interruptible-start.ts";
import type { OpenedKafka } from "./open-kafka.ts";

/** What has been opened before, and what the configuration says. */
export interface FindStateOptions {
  readonly store: SessionStore;
  readonly kafka: OpenedKafka;
  readonly instanceId: string;
  readonly deployment: DeploymentSettings;
  readonly policy: Policy;
  readonly log: Logger;
}

/**
 * Finds out what this deployment has done before, and whether this process may continue it.
 * @throws AutorecError REC_SHARDS_DIFFER, REC_STATE_LOST, REC_APP_GONE (terminal), REC_KAFKA_UNREACHABLE
 */
export async function findState(
  { deployment, instanceId, kafka, log, policy, store }: FindStateOptions,
  start: Start,
): Promise<void> {
  const groupId = `${deployment.group}-journal-count-${instanceId}`;
  let state = "unknown";
  // Topics that were made a moment ago may not have a leader yet: that passes, a refusal does not.
  const find = async (): Promise<void> => {
    state = await ensureState({
      store,
      shardCount: deployment.shards,
      countJournalled: () => countJournalled(kafka.kafka, { topic: kafka.topics.snapshots, groupId }),
      acceptEmptyRedis: deployment.acceptEmptyRedis,
      nowMs: () => systemClock.nowMs(),
    });
  };
  await start.waitFor("journal", find, "REC_KAFKA_UNREACHABLE");
  await refuseOrphans(store, deployment, policy);
  log.info(
    { state, shards: deployment.shards, rules: policy.rules.length, config: policy.hash.slice(0, 12) },
    "state of the deployment found",
  );
}

/** Recorders of an app that this process cannot reach any more would run on unwatched. */
async function refuseOrphans(store: SessionStore, deployment: DeploymentSettings, policy: Policy): Promise<void> {
  const orphans = await findOrphanedChannels({
    store,
    shardCount: deployment.shards,
    isConfigured: (appId) => policy.apps.has(appId),
  });
  if (orphans.length === 0) return;
  throw new AutorecError(
    `${String(orphans.length)} channels of apps that ${deployment.configPath} does not name have open recordings, first ${orphans[0] ?? ""}: ` +
      "put the app back until they have ended",
    { code: "REC_APP_GONE", retry: "terminal", context: { channels: orphans.length } },
  );
}
