import type { Durations } from "@autorec/domain";
import { createReconciler } from "@autorec/reconciler";
import type { RecordingPolicy, Reconciler } from "@autorec/reconciler";
import {
  AutorecError,
  checkKafka,
  createKafka,
  createLogger,
  createMetrics,
  createProducer,
  createShutdown,
  defaultInstanceId,
  ensureTopics,
  startHttpServer,
  toKafkaError,
  systemClock,
  systemRandom,
  waitForDependency,
} from "@autorec/service-kit";
import type {
  Env,
  KafkaProducer,
  KafkaSettings,
  Logger,
  Metrics,
  ReadinessCheck,
  Shutdown,
} from "@autorec/service-kit";
import { createSessionStore, scriptNames, StoreError } from "@autorec/session-store";
import type { SessionStore } from "@autorec/session-store";
import { topicNames } from "@autorec/settings";
import type { DeploymentSettings, Policy, TopicNames } from "@autorec/settings";
import type { Admin, Kafka } from "kafkajs";
import packageJson from "../package.json" with { type: "json" };
import { accountName, createAgoraAccesses } from "./agora-access.ts";
import { checkPolicy } from "./check-policy.ts";
import { countJournalled } from "./count-journalled.ts";
import { readEngineConfig, readPolicy } from "./engine-config.ts";
import { ensureState } from "./ensure-state.ts";
import { findOrphanedChannels } from "./find-orphaned-apps.ts";
import { createJournal } from "./journal.ts";
import { reportWork } from "./report-work.ts";
import { countStateless, watchState } from "./watch-state.ts";

/** Partitions of the topics that are made when they are missing; more consumers than these stay idle. */
const partitionsDefault = 12;
/** Events are kept at least as long as an old one may still act. */
const eventRetentionMs = 7 * 24 * 60 * 60 * 1_000;

/** One process that may reconcile, with everything opened, checked and registered for shutdown. */
export interface Engine {
  readonly instanceId: string;
  readonly deployment: DeploymentSettings;
  readonly durations: Durations;
  readonly policy: Policy;
  readonly topics: TopicNames;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly producer: KafkaProducer;
  readonly store: SessionStore;
  readonly reconciler: Reconciler;
  /** Serves health and metrics from now on; the service adds what it alone can check. */
  readonly serve: (checks: Readonly<Record<string, ReadinessCheck>>) => Promise<void>;
}

/**
 * Opens what consumer and watchdog share, in an order in which each step may rely on the ones before: configuration, log,
 * Redis, Kafka, topics, the state of the deployment, Agora, the reconciler. Fails with a clear error before anything of a
 * channel is touched.
 */
export async function openEngine(service: "consumer" | "watchdog", env: Env): Promise<Engine> {
  const config = readEngineConfig(env);
  const { deployment, durations } = config;
  const policy = readPolicy({ path: deployment.configPath, env, durations });
  checkPolicy(policy, deployment.configPath);

  const instanceId = deployment.instanceId ?? defaultInstanceId();
  const { version } = packageJson;
  const { log, hide, flush } = createLogger({ service, instanceId, version, level: config.log.level });
  const ownSecrets = [config.kafka.sasl?.password, config.redis.password].filter((secret) => secret !== undefined);
  hide([...policy.secrets, ...ownSecrets]);
  const appName = (appId: string): string => policy.apps.get(appId)?.name ?? "other";
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

  let redisTrouble: unknown;
  const onConnectionError = (err: unknown): void => {
    redisTrouble = err;
    log.debug({ err }, "redis connection failed");
  };
  const store = openStore(config, { metrics, onConnectionError });
  shutdown.onStop("redis", () => store.close());
  const waits = { limitMs: config.life.startupWaitMs, log, clock: systemClock, signal: shutdown.signal };
  const reachRedis = async (): Promise<void> => {
    await store.nowMs().catch((err: unknown) => {
      throw whyUnreachable(err, redisTrouble);
    });
  };
  await waitForDependency("redis", reachRedis, { ...waits, code: "REC_REDIS_UNREACHABLE" });

  const kafka = createKafka(config.kafka, { log });
  const admin = kafka.admin();
  shutdown.onStop("kafka admin", () => admin.disconnect());
  await waitForDependency("kafka", () => reachKafka(config.kafka, log), { ...waits, code: "REC_KAFKA_UNREACHABLE" });
  await admin.connect();
  const topics = topicNames(deployment.topicPrefix);
  // A topic that was made a moment ago may have no leader yet, and another process may be making the same.
  await waitForDependency("kafka topics", () => prepareTopics(admin, topics, log), {
    ...waits,
    code: "REC_KAFKA_UNREACHABLE",
  });
  const producer = createProducer(kafka);
  await producer.connect();
  shutdown.onStop("kafka producer", () => producer.disconnect());

  const groupId = `${deployment.group}-journal-count-${instanceId}`;
  let state = "unknown";
  // Topics that were made a moment ago may not have a leader yet: that passes, a refusal does not.
  const findState = async (): Promise<void> => {
    state = await ensureState({
      store,
      shardCount: deployment.shards,
      countJournalled: () => countJournalled(kafka, { topic: topics.snapshots, groupId }),
      acceptEmptyRedis: deployment.acceptEmptyRedis,
      nowMs: () => systemClock.nowMs(),
    });
  };
  await waitForDependency("journal", findState, { ...waits, code: "REC_KAFKA_UNREACHABLE" });
  await refuseOrphans(store, deployment, policy);
  log.info(
    { state, shards: deployment.shards, rules: policy.rules.length, config: policy.hash.slice(0, 12) },
    "state of the deployment found",
  );

  const agora = createAgoraAccesses({
    policy,
    baseUrl: deployment.agoraBaseUrl,
    userAgent: `autorec/${version} ${instanceId}`,
    durations,
    clock: systemClock,
  });
  shutdown.onStop("agora", () => agora.close());
  const reconciler = createReconciler({
    store,
    policy: recordingPolicy(policy),
    agoraFor: (appId) => agora.agoraFor(appId),
    journal: createJournal({ producer, topic: topics.snapshots }),
    durations,
    deploymentId: deployment.deploymentId,
    owner: instanceId,
    clock: systemClock,
    sleep: (ms) => systemClock.sleep(ms),
    newToken: () => systemRandom.token(),
    entropy: () => systemRandom.uint32(),
    observer: reportWork({ log, metrics, appName, accountOf }),
  });
  await announceRules({ store, deployment, durations, policy, log }, shutdown);
  const stateWatch = { store, shardCount: deployment.shards, everyMs: durations.leaseMs / 3, log, clock: systemClock };
  shutdown.spawn("state watch", (signal) => watchState(stateWatch, signal));

  return {
    instanceId,
    deployment,
    durations,
    policy,
    topics,
    log,
    metrics,
    shutdown,
    kafka,
    admin,
    producer,
    store,
    reconciler,
    async serve(checks) {
      const server = await startHttpServer({
        ...config.http,
        service,
        log,
        clock: systemClock,
        checks: { ...commonChecks(store, admin, deployment.shards), ...checks },
        draining: () => shutdown.draining,
        metrics: metrics.registry,
      });
      shutdown.onStop("http", () => server.close());
    },
  };
}

function openStore(
  config: ReturnType<typeof readEngineConfig>,
  tools: { readonly metrics: Metrics; readonly onConnectionError: (err: unknown) => void },
): SessionStore {
  const { host, port, db, username, password, tls } = config.redis;
  return createSessionStore({
    redis: { host, port, db, username, password: password?.reveal() },
    tls,
    prefix: config.deployment.keyPrefix,
    shardCount: config.deployment.shards,
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

/**
 * Asks once, through a client that neither repeats for long nor logs: the wait around it repeats, and says what is missing
 * with the reason of the last try.
 */
async function reachKafka(settings: KafkaSettings, log: Logger): Promise<void> {
  const admin = createKafka(settings, { log: log.child({}, { level: "silent" }), retries: 1 }).admin();
  try {
    try {
      await admin.connect();
    } catch (err) {
      throw toKafkaError("connecting to Kafka", err);
    }
    await checkKafka(admin);
  } finally {
    await admin.disconnect();
  }
}

async function prepareTopics(admin: Admin, topics: TopicNames, log: Logger): Promise<void> {
  const { differences } = await ensureTopics(admin, [
    {
      topic: topics.channelEvents,
      partitions: partitionsDefault,
      cleanupPolicy: "delete",
      retentionMs: eventRetentionMs,
    },
    { topic: topics.deadLetters, partitions: partitionsDefault, cleanupPolicy: "delete" },
    { topic: topics.lifecycle, partitions: partitionsDefault, cleanupPolicy: "delete" },
    { topic: topics.snapshots, partitions: partitionsDefault, cleanupPolicy: "compact" },
  ]);
  for (const difference of differences) log.warn({ ...difference }, "kafka topic differs from what autorec would make");
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

function recordingPolicy(policy: Policy): RecordingPolicy {
  return {
    hash: policy.hash,
    ruleFor: (ref) => policy.ruleFor(ref.appId, ref.channelName)?.rule,
    knowsRule: (hash) => policy.ruleByHash(hash) !== undefined,
  };
}

interface Announcement {
  readonly store: SessionStore;
  readonly deployment: DeploymentSettings;
  readonly durations: Durations;
  readonly policy: Policy;
  readonly log: Logger;
}

/** Tells the others which rules this process has, for as long as it lives: rules that are new make their channels due. */
async function announceRules(announcement: Announcement, shutdown: Shutdown): Promise<void> {
  const { store, deployment, durations, policy, log } = announcement;
  const announce = async (): Promise<void> => {
    for (let shard = 0; shard < deployment.shards; shard += 1)
      await store.announceRules(shard, policy.hash, durations.leaseMs);
  };
  await announce();
  shutdown.spawn("announce rules", async (signal) => {
    while (!signal.aborted) {
      await systemClock.sleep(durations.leaseMs / 3, signal);
      await announce().catch((err: unknown) => {
        log.warn({ err }, "rules could not be announced");
      });
    }
  });
}

function commonChecks(store: SessionStore, admin: Admin, shards: number): Readonly<Record<string, ReadinessCheck>> {
  return {
    async redis() {
      await store.nowMs();
      return undefined;
    },
    async kafka() {
      await checkKafka(admin);
      return undefined;
    },
    /** Redis that has lost its markers has lost more: nothing is claimed, and a person must look. */
    async state() {
      const missing = await countStateless({ store, shardCount: shards });
      return missing === 0
        ? undefined
        : `${String(missing)} of ${String(shards)} shards have no state (REC_STATE_LOST)`;
    },
  };
}
