import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Where a group of metrics is declared: the registries that will show them. */
type Registers = [Registry];

const fromStart = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 90, 180, 300];
const requestSeconds = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15];
const delaySeconds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];
const workSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];
const scriptSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2];

/** What Agora is asked and how it answers. */
export function agoraMetrics(registers: Registers) {
  return {
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
    agoraUnforeseenAnswers: new Counter({
      name: "autorec_agora_unforeseen_answers_total",
      help: "Answers that Agora's reference does not describe; the log keeps the beginning of each.",
      labelNames: ["call"],
      registers,
    }),
  };
}

/** From the event topic to applied presence. */
export function intakeMetrics(registers: Registers) {
  return {
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
  };
}

/** Reconciliations, the schedule behind them, the scripts below them, and what waits to be published. */
export function workMetrics(registers: Registers) {
  return {
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
  };
}

/** What Agora allows each account, and how much of it is in use, as one watchdog read it. */
export function quotaMetrics(registers: Registers) {
  return {
    quotaWorkersLimit: new Gauge({
      name: "autorec_quota_workers_limit",
      help: "Workers that the account may use now: the configured ones, fewer for a while after a 406. Whole cluster: use max.",
      labelNames: ["account"],
      registers,
    }),
    quotaWorkersUsed: new Gauge({
      name: "autorec_quota_workers_used",
      help: "Workers that are reserved or held, whole cluster: use max, not sum.",
      labelNames: ["account"],
      registers,
    }),
    quotaRequestsLimit: new Gauge({
      name: "autorec_quota_requests_per_second_limit",
      help: "Requests per second that may leave now: the configured ones, fewer for a while after a 429. Whole cluster: use max.",
      labelNames: ["account"],
      registers,
    }),
    quotaWaiting: new Gauge({
      name: "autorec_quota_waiting",
      help: "Calls that wait for requests per second by class, and, in class start, attempts that wait for a worker. Whole cluster.",
      labelNames: ["account", "class"],
      registers,
    }),
    quotaOldestWait: new Gauge({
      name: "autorec_quota_oldest_wait_seconds",
      help: "How long the attempt that has waited longest waits for a worker; 0 = none does. Whole cluster: use max.",
      labelNames: ["account"],
      registers,
    }),
    quotaWait: new Histogram({
      name: "autorec_quota_wait_seconds",
      help: "How long calls waited for their place among the requests, and attempts for their worker.",
      labelNames: ["account", "class"],
      buckets: delaySeconds,
      registers,
    }),
  };
}

/** Attempts to record, and how long people waited for them. */
export function recordingMetrics(registers: Registers) {
  return {
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
    billedSecondsMax: new Counter({
      name: "autorec_billed_seconds_max_total",
      help: "The most that Agora can bill for recorders that have ended, by whether anybody knew their sid.",
      labelNames: ["app", "sid"],
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
  };
}

/** What the whole cluster holds at the moment, as one watchdog counted it. */
export function clusterMetrics(registers: Registers) {
  return {
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
    paused: new Gauge({
      name: "autorec_paused",
      help: "1 while an operator's switch of this kind of scope is in force, whole cluster: use max, not sum.",
      labelNames: ["scope"],
      registers,
    }),
  };
}

/** This process: what it runs, and its end. */
export function lifeMetrics(registers: Registers) {
  return {
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
}
