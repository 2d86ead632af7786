import { collectDefaultMetrics, Registry } from "prom-client";
import {
  agoraMetrics,
  clusterMetrics,
  intakeMetrics,
  lifeMetrics,
  quotaMetrics,
  recordingMetrics,
  workMetrics,
} from "./metric-groups.ts";
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
  requestClasses,
  recordingModes,
  scopeKinds,
  sidKnowledge,
  slotNames,
} from "./metric-labels.ts";

/** The values that labels from the configuration may have. */
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

/** How often the event loop's delay is measured. prom-client's own 10 ms would be half of what an idle service uses. */
const loopLookMs = 50;

/** Every metric by its name in code, and the registry that prints them. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * The metrics of operators.md §3 that exist so far, all with prefix `autorec_`. Labels come from closed sets or from the
 * configuration, never from channels, and every series exists from the start with zero, since an alert cannot see what is absent.
 */
export function createMetrics(options: MetricsOptions) {
  const registry = new Registry();
  const registers: [Registry] = [registry];
  if (options.processMetrics ?? true)
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: loopLookMs });

  const metrics = {
    registry,
    ...agoraMetrics(registers),
    ...intakeMetrics(registers),
    ...workMetrics(registers),
    ...recordingMetrics(registers),
    ...clusterMetrics(registers),
    ...quotaMetrics(registers),
    ...lifeMetrics(registers),
  };
  metrics.buildInfo.set({ version: options.version }, 1);
  startAtZero(metrics, options);
  return metrics;
}

function startAtZero(metrics: Metrics, { accounts, apps, scripts }: MetricsOptions): void {
  for (const [call, outcomes] of Object.entries(callOutcomes)) {
    metrics.agoraRequestDuration.zero({ call });
    metrics.agoraUnforeseenAnswers.inc({ call }, 0);
    for (const account of accounts) {
      for (const outcome of outcomes.succeeded) metrics.agoraRequests.inc({ account, call, outcome, reason: "ok" }, 0);
      for (const outcome of outcomes.other) {
        for (const reason of callReasons) metrics.agoraRequests.inc({ account, call, outcome, reason }, 0);
      }
    }
  }
  for (const account of accounts) startAccountAtZero(metrics, account);
  for (const source of eventSources) for (const result of eventResults) metrics.events.inc({ source, result }, 0);
  for (const source of reconcileSources) {
    for (const outcome of reconcileOutcomes) {
      metrics.reconciles.inc({ source, outcome }, 0);
      metrics.reconcileDuration.zero({ source, outcome });
    }
  }
  for (const scope of scopeKinds) metrics.paused.set({ scope }, 0);
  for (const script of scripts) metrics.redisScriptDuration.zero({ script });
  for (const app of apps) startAppAtZero(metrics, app);
}

function startAccountAtZero(metrics: Metrics, account: string): void {
  const { quotaWorkersLimit, quotaWorkersUsed, quotaRequestsLimit, quotaOldestWait } = metrics;
  for (const gauge of [quotaWorkersLimit, quotaWorkersUsed, quotaRequestsLimit, quotaOldestWait])
    gauge.set({ account }, 0);
  for (const name of requestClasses) {
    metrics.quotaWaiting.set({ account, class: name }, 0);
    metrics.quotaWait.zero({ account, class: name });
  }
}

function startAppAtZero(metrics: Metrics, app: string): void {
  for (const state of channelStates) metrics.channels.set({ app, state }, 0);
  for (const state of recorderStates) metrics.recorders.set({ app, state }, 0);
  for (const sid of sidKnowledge) metrics.billedSecondsMax.inc({ app, sid }, 0);
  for (const reason of gapCauses) metrics.restarts.inc({ app, reason }, 0);
  for (const slot of slotNames) for (const outcome of attemptOutcomes) metrics.attempts.inc({ app, slot, outcome }, 0);
  for (const mode of recordingModes) {
    for (const histogram of [metrics.joinToAccepted, metrics.joinToConfirmed, metrics.stopToConfirmed])
      histogram.zero({ app, mode });
  }
}
