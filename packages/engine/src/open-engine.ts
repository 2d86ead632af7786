import type { Durations } from "@autorec/domain";
import type { Reconciler } from "@autorec/reconciler";
import { startHttpServer, systemClock, systemRandom } from "@autorec/service-kit";
import type { Env, KafkaProducer, Logger, Metrics, ReadinessCheck, Shutdown } from "@autorec/service-kit";
import type { AccountQuota, SessionStore } from "@autorec/session-store";
import type { DeploymentSettings, Policy, TopicNames } from "@autorec/settings";
import type { Admin, Kafka } from "kafkajs";
import { announceRules, keepRulesAnnounced } from "./announce-rules.ts";
import { checkPolicy } from "./check-policy.ts";
import { accountQuotas, checkQuota } from "./check-quota.ts";
import { commonChecks } from "./common-checks.ts";
import { readEngineConfig, readPolicy } from "./engine-config.ts";
import { ControlWatch } from "./control-watch.ts";
import { findState } from "./find-state.ts";
import { interruptibleStart } from "./interruptible-start.ts";
import type { Start } from "./interruptible-start.ts";
import { keepState } from "./keep-state.ts";
import { keepWrites } from "./keep-writes.ts";
import { openKafka } from "./open-kafka.ts";
import { openProcess } from "./open-process.ts";
import type { OpenedProcess } from "./open-process.ts";
import { openReconciler } from "./open-reconciler.ts";
import type { OpenReconcilerOptions } from "./open-reconciler.ts";
import { openStore } from "./open-store.ts";
import { readJournal } from "./read-journal.ts";
import { createRecentSids } from "./recent-sids.ts";
import { rebuildState } from "./rebuild-state.ts";
import type { ReplayOrder } from "./rebuild-state.ts";

/** One process that may reconcile, with everything opened, checked and registered for shutdown. */
export interface Engine {
  readonly instanceId: string;
  readonly deployment: DeploymentSettings;
  readonly durations: Durations;
  readonly policy: Policy;
  /** By the name of the account, as metrics and Redis know it. */
  readonly accounts: ReadonlyMap<string, AccountQuota>;
  readonly topics: TopicNames;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly producer: KafkaProducer;
  readonly store: SessionStore;
  /** What the operators' switches say. */
  readonly control: ControlWatch;
  readonly reconciler: Reconciler;
  /** Serves health and metrics from now on; the service adds what it alone can check. */
  readonly serve: (checks: Readonly<Record<string, ReadinessCheck>>) => Promise<void>;
}

/** What a process that can read events has at hand to bring presence back. */
export interface ReplayTools extends ReplayOrder {
  readonly kafka: Kafka;
  readonly store: SessionStore;
  readonly topic: string;
  readonly policy: Policy;
  /** A group of its own for this reading. */
  readonly groupId: string;
}

/** What a service adds to its engine. */
export interface EngineOptions {
  /** Restores presence from the input topic; a service without it leaves the rebuild of a lost state to others. */
  readonly replayPresence?: (tools: ReplayTools) => Promise<{ readonly records: number }>;
}

/**
 * Opens what consumer and watchdog share, in an order in which each step may rely on the ones before: configuration, log,
 * Redis, Kafka, topics, the state of the deployment, Agora, the reconciler. Fails with a clear error before anything of a
 * channel is touched; a process that is told to stop meanwhile never comes back from here.
 */
export async function openEngine(
  service: "consumer" | "watchdog",
  env: Env,
  { replayPresence }: EngineOptions = {},
): Promise<Engine> {
  const config = readEngineConfig(env);
  const { deployment, durations } = config;
  const policy = readPolicy({ path: deployment.configPath, env, durations });
  checkPolicy(policy, deployment.configPath);
  const tight = checkQuota(policy, deployment.configPath, durations);

  const opened = openProcess(service, { config, policy });
  const { instanceId, log, metrics, shutdown } = opened;
  for (const { account, forecast } of tight)
    log.warn({ account, ...forecast }, "polls stretch when most workers record");
  const accounts = accountQuotas(policy);
  const openParts = async (start: Start): Promise<Engine> => {
    const store = await openStore(config, opened, start);
    const kafka = await openKafka(config, opened, start);
    await findState({ store, kafka, instanceId, deployment, policy, log }, start);
    const control = await openControl(store, { durations, opened });
    const orderFor = control.orderFor.bind(control);
    const recentSids = createRecentSids({
      monotonicMs: () => systemClock.monotonicMs(),
      eventLagMs: durations.eventLagMs,
    });
    const parts = { store, kafka, deployment, durations, policy, recentSids, control: orderFor };
    const reconciler = openReconciler(parts, opened, start);

    const shared = { store, shardCount: deployment.shards, log, clock: systemClock };
    const announcement = { ...shared, hash: policy.hash, lifeMs: durations.leaseMs };
    await announceRules(announcement);
    shutdown.spawn("announce rules", (signal) => keepRulesAnnounced(announcement, signal));
    const { rebuild, reapply } = replayPresence === undefined ? {} : recoveryWith(replayPresence, parts, opened);
    const retell = (seenAtMs: number): Promise<number> => recentSids.retell(store, seenAtMs);
    // Shards that are whole go on working: what they have learned since then is theirs already.
    const retellLost = (seenAtMs: number, missing: readonly number[]): Promise<number> =>
      recentSids.retell(store, seenAtMs, (ref) => missing.includes(store.shardOf(ref)));
    const pauses = { everyMs: durations.leaseMs / 10, retryMs: durations.leaseMs };
    shutdown.spawn("state watch", (signal) =>
      keepState({ ...shared, ...pauses, ...(rebuild === undefined ? {} : { rebuild }), retell: retellLost }, signal),
    );
    const writes = { ...shared, ...pauses, retell, ...(reapply === undefined ? {} : { reapply }) };
    shutdown.spawn("redis watch", (signal) => keepWrites(writes, signal));

    const serve: Engine["serve"] = async (checks) => {
      const server = await startHttpServer({
        ...config.http,
        service,
        log,
        clock: systemClock,
        checks: { ...commonChecks({ ...shared, admin: kafka.admin }), ...checks },
        draining: () => shutdown.draining,
        metrics: metrics.registry,
      });
      shutdown.onStop("http", () => server.close());
    };
    const settings = { instanceId, deployment, durations, policy, accounts };
    return { ...settings, log, metrics, shutdown, ...kafka, store, control, reconciler, serve };
  };
  return interruptibleStart(openParts, { shutdown, log, clock: systemClock, limitMs: config.life.startupWaitMs });
}

/** The switches are known before anything is decided, and read again every tick. */
async function openControl(
  store: SessionStore,
  {
    durations,
    opened: { instanceId, log, metrics, shutdown },
  }: { readonly durations: Durations; readonly opened: OpenedProcess },
): Promise<ControlWatch> {
  const watch = new ControlWatch({
    store,
    owner: instanceId,
    everyMs: durations.tickMs,
    believedMs: durations.leaseMs,
    clock: systemClock,
    metrics,
    log,
  });
  await watch.refresh();
  shutdown.spawn("switches", (signal) => watch.run(signal));
  return watch;
}

type RebuildParts = Pick<OpenReconcilerOptions, "deployment" | "durations" | "kafka" | "policy" | "store">;

interface Recovery {
  readonly rebuild: NonNullable<Parameters<typeof keepState>[0]["rebuild"]>;
  readonly reapply: NonNullable<Parameters<typeof keepWrites>[0]["reapply"]>;
}

/** What a process that can read events does after a loss; each reading has a group of its own. */
function recoveryWith(
  replayPresence: NonNullable<EngineOptions["replayPresence"]>,
  { deployment, durations, kafka: { kafka, topics }, policy, store }: RebuildParts,
  { accountOf, log }: OpenedProcess,
): Recovery {
  const newGroup = (): string => `${deployment.group}-rebuild-${systemRandom.token().slice(0, 12)}`;
  const deps = {
    store,
    shardCount: deployment.shards,
    durations,
    accountOf,
    readJournal: (signal: AbortSignal) => readJournal(kafka, { topic: topics.snapshots, groupId: newGroup(), signal }),
    replayPresence: (order: ReplayOrder) =>
      replayPresence({ ...order, kafka, store, topic: topics.channelEvents, policy, groupId: newGroup() }),
    newToken: () => systemRandom.token(),
    clock: systemClock,
    log,
  };
  const shards = new Set(Array.from({ length: deployment.shards }, (_, shard) => shard));
  return {
    rebuild: (missing, signal) => rebuildState(deps, missing, signal),
    reapply: (sinceMs, signal) => deps.replayPresence({ shards, sinceMs, signal }),
  };
}
