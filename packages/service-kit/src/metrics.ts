import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import {
  attemptOutcomes,
  callOutcomes,
  callReasons,
  channelStates,
  eventResults,
  eventSources,
  gapCauses,
  reconcileOutcomes,
  reconcileSources,
  recorderStates,
  recordingModes,
  slotNames,
} from "./metric-labels.ts";

export interface MetricsOptions {
  readonly version: string;
  /** Names of the apps in the configuration: the only values that label `app` may have. */
  readonly apps: readonly string[];
  /** Names under which Agora accounts are counted; label `account`. */
  readonly accounts: readonly string[];
  /** Names of the Redis scripts; label `script`. */
  readonly scripts: readonly string[];
  /** Process metrics (memory, event loop, GC); off in tests. */
  readonly processMetrics?: boolean;
}

export type Metrics = ReturnType<typeof createMetrics>;

const fromStart = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 90, 180, 300];
const requestSeconds = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15];
const delaySeconds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];
const workSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];
const scriptSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2];

/**
 * The metrics of operators.md §3 that exist so far, all with prefix `autorec_`. Labels come from closed sets or from the
 * configuration, never from channels, and every series exists from the start with zero, since an alert cannot see what is absent.
 */
export function createMetrics(options: MetricsOptions) {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry });

  const metrics = {
    registry,
    agoraRequests: new Counter({
      name: "autorec_agora_requests_total",
      help: "Calls to Agora by outcome (what the protocol made of the answer) and reason (why).",
      labelNames: ["account", "call", "outcome", "reason"],
      registers,
    }),
    agoraRequestDuration: new Histogram({
      name: "autorec_agora_request_duration_seconds",
      help: "Time from send to answer, or to giving up.",
      labelNames: ["call"],
      buckets: requestSeconds,
      registers,
    }),
    events: new Counter({
      name: "autorec_events_total",
      help: "Records of the event topic by form (autorec, agora) and by what became of them.",
      labelNames: ["source", "result"],
      registers,
    }),
    eventAge: new Histogram({
      name: "autorec_event_age_seconds",
      help: "From the event's own time to its being applied.",
      buckets: delaySeconds,
      registers,
    }),
    consumerLag: new Gauge({
      name: "autorec_consumer_lag_records",
      help: "Records of a partition that this process has yet to apply; only partitions that it holds.",
      labelNames: ["partition"],
      registers,
    }),
    consumerLastCommit: new Gauge({
      name: "autorec_consumer_last_commit_timestamp_seconds",
      help: "When this process last committed offsets, seconds since the epoch; 0 = never.",
      registers,
    }),
    scheduleDelay: new Histogram({
      name: "autorec_schedule_delay_seconds",
      help: "From a channel's due time to its being looked at.",
      buckets: delaySeconds,
      registers,
    }),
    reconciles: new Counter({
      name: "autorec_reconciles_total",
      help: "Reconciliations of a channel by what caused them and how they ended.",
      labelNames: ["source", "outcome"],
      registers,
    }),
    reconcileDuration: new Histogram({
      name: "autorec_reconcile_duration_seconds",
      help: "From the claim of a channel to its release.",
      labelNames: ["source", "outcome"],
      buckets: workSeconds,
      registers,
    }),
    redisScriptDuration: new Histogram({
      name: "autorec_redis_script_duration_seconds",
      help: "Round trip of one Redis script.",
      labelNames: ["script"],
      buckets: scriptSeconds,
      registers,
    }),
    outboxOldestAge: new Gauge({
      name: "autorec_outbox_oldest_age_seconds",
      help: "Age of the oldest lifecycle event not yet in Kafka, whole cluster: use max, not sum.",
      registers,
    }),
    attempts: new Counter({
      name: "autorec_attempts_total",
      help: "Attempts to record by how they turned out.",
      labelNames: ["app", "slot", "outcome"],
      registers,
    }),
    restarts: new Counter({
      name: "autorec_restarts_total",
      help: "Attempts that replaced another one, by the cause of the gap.",
      labelNames: ["app", "reason"],
      registers,
    }),
    joinToAccepted: new Histogram({
      name: "autorec_join_to_accepted_seconds",
      help: "From the first join to Agora's answer with a sid.",
      labelNames: ["app", "mode"],
      buckets: fromStart,
      registers,
    }),
    joinToConfirmed: new Histogram({
      name: "autorec_join_to_confirmed_seconds",
      help: "From the first join to the first query that proves the recorder alive.",
      labelNames: ["app", "mode"],
      buckets: fromStart,
      registers,
    }),
    stopToConfirmed: new Histogram({
      name: "autorec_stop_to_confirmed_seconds",
      help: "From the decision to stop to the certainty that the recorder is gone.",
      labelNames: ["app", "mode"],
      buckets: fromStart,
      registers,
    }),
    channels: new Gauge({
      name: "autorec_channels",
      help: "Channels by state word, whole cluster: use max, not sum.",
      labelNames: ["app", "state"],
      registers,
    }),
    recorders: new Gauge({
      name: "autorec_recorders",
      help: "Recorders that may be live, whole cluster: use max, not sum.",
      labelNames: ["app", "state"],
      registers,
    }),
    draining: new Gauge({ name: "autorec_draining", help: "1 while this process drains.", registers }),
    drainDuration: new Gauge({ name: "autorec_drain_duration_seconds", help: "How long the drain took.", registers }),
    buildInfo: new Gauge({
      name: "autorec_build_info",
      help: "Always 1; which version runs.",
      labelNames: ["version"],
      registers,
    }),
    configHashInfo: new Gauge({
      name: "autorec_config_hash_info",
      help: "Always 1; which rules this process has. Differing hashes = a rolling change, or a forgotten process.",
      labelNames: ["hash"],
      registers,
    }),
  };
  metrics.buildInfo.set({ version: options.version }, 1);
  startAtZero(metrics, options);
  return metrics;
}

type Declared = Pick<
  Metrics,
  | "agoraRequests"
  | "agoraRequestDuration"
  | "events"
  | "reconciles"
  | "reconcileDuration"
  | "redisScriptDuration"
  | "attempts"
  | "restarts"
  | "joinToAccepted"
  | "joinToConfirmed"
  | "stopToConfirmed"
  | "channels"
  | "recorders"
>;

function startAtZero(metrics: Declared, { accounts, apps, scripts }: MetricsOptions): void {
  for (const [call, outcomes] of Object.entries(callOutcomes)) {
    metrics.agoraRequestDuration.zero({ call });
    for (const account of accounts) {
      for (const outcome of outcomes.succeeded) metrics.agoraRequests.inc({ account, call, outcome, reason: "ok" }, 0);
      for (const outcome of outcomes.other) {
        for (const reason of callReasons) metrics.agoraRequests.inc({ account, call, outcome, reason }, 0);
      }
    }
  }
  for (const source of eventSources) for (const result of eventResults) metrics.events.inc({ source, result }, 0);
  for (const source of reconcileSources) {
    for (const outcome of reconcileOutcomes) {
      metrics.reconciles.inc({ source, outcome }, 0);
      metrics.reconcileDuration.zero({ source, outcome });
    }
  }
  for (const script of scripts) metrics.redisScriptDuration.zero({ script });
  for (const app of apps) startAppAtZero(metrics, app);
}

function startAppAtZero(metrics: Declared, app: string): void {
  for (const state of channelStates) metrics.channels.set({ app, state }, 0);
  for (const state of recorderStates) metrics.recorders.set({ app, state }, 0);
  for (const reason of gapCauses) metrics.restarts.inc({ app, reason }, 0);
  for (const slot of slotNames) for (const outcome of attemptOutcomes) metrics.attempts.inc({ app, slot, outcome }, 0);
  for (const mode of recordingModes) {
    for (const histogram of [metrics.joinToAccepted, metrics.joinToConfirmed, metrics.stopToConfirmed])
      histogram.zero({ app, mode });
  }
}
