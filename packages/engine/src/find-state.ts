import { AutorecError, systemClock } from "@autorec/service-kit";
import type { Logger } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";
import type { DeploymentSettings, Policy } from "@autorec/settings";
import { ensureState } from "./ensure-state.ts";
import type { FoundState } from "./ensure-state.ts";
import { findOrphanedChannels } from "./find-orphaned-apps.ts";
import type { Start } from "./interruptible-start.ts";
import type { OpenedKafka } from "./open-kafka.ts";
import { readJournal } from "./read-journal.ts";

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
 * Finds out what this deployment has done before, and whether this process may continue it. State that Redis has lost is no
 * reason not to start: it is rebuilt while the process runs, and nothing is claimed until then.
 * @throws AutorecError REC_SHARDS_DIFFER, REC_APP_GONE (terminal), REC_KAFKA_UNREACHABLE
 */
export async function findState(
  { deployment, instanceId, kafka, log, policy, store }: FindStateOptions,
  start: Start,
): Promise<void> {
  let state: FoundState = "known";
  // Topics that were made a moment ago may not have a leader yet: that passes, a refusal does not.
  const find = async (): Promise<void> => {
    state = await ensureState({
      store,
      shardCount: deployment.shards,
      hasWorked: () => hasWorked(kafka, deployment, instanceId),
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

/** Kafka remembers attempts, or events that were read: an empty topic costs neither a group nor a question. */
async function hasWorked(
  { admin, kafka, topics }: OpenedKafka,
  { group }: DeploymentSettings,
  instanceId: string,
): Promise<boolean> {
  const groupId = `${group}-journal-look-${instanceId}`;
  if ((await readJournal(kafka, { topic: topics.snapshots, groupId })).size > 0) return true;
  const events = await admin.fetchTopicOffsets(topics.channelEvents);
  if (events.every(({ high }) => high === "0")) return false;
  const committed = await admin.fetchOffsets({ groupId: group, topics: [topics.channelEvents] });
  return committed.some(({ partitions }) => partitions.some(({ offset }) => offset !== "-1"));
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
