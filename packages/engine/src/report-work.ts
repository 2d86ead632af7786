import type { Attempt, ChannelRecord } from "@autorec/domain";
import type { LifecycleFact } from "@autorec/events";
import type { ReconcileObserver } from "@autorec/reconciler";
import type { Logger, Metrics } from "@autorec/service-kit";

/** Where the reconciler's work is told, and the names it is told under. */
export interface ReportOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The name that an app has in the configuration; labels never carry ids. */
  readonly appName: (appId: string) => string;
  readonly accountOf: (appId: string) => string;
}

type Ref = Parameters<ReconcileObserver["alarm"]>[0];

const messages: Readonly<Record<LifecycleFact["type"], string>> = {
  "session.opened": "session opened",
  "session.closed": "session closed",
  "attempt.claimed": "attempt claimed",
  "attempt.waiting": "attempt waits for quota",
  "attempt.started": "attempt started",
  "attempt.confirmed": "attempt confirmed",
  "attempt.suspected": "attempt suspected",
  "attempt.lost": "attempt lost",
  "attempt.ambiguous": "attempt ambiguous",
  "attempt.rotating": "attempt rotating",
  "attempt.stopping": "attempt stopping",
  "attempt.closed": "attempt closed",
  "slot.blocked": "slot blocked",
  "channel.paused": "channel paused",
  "channel.resumed": "channel resumed",
};

/** Every transition is logged once and counted once; alarms are for people. */
export function reportWork(options: ReportOptions): ReconcileObserver {
  const { log, metrics } = options;
  return {
    decided({ ref, before, decision }) {
      for (const fact of decision.lifecycle) {
        report(log, ref, fact);
        count({ options, ref, before, after: decision.record }, fact);
      }
    },
    alarm(ref, { alarm, n, detail }) {
      log.error({ ...ref, alarm, attempt: n, detail }, "a person must look");
    },
    called({ ref, call, outcome, reason, durationMs }) {
      metrics.agoraRequests.inc({ account: options.accountOf(ref.appId), call: call.call, outcome, reason });
      metrics.agoraRequestDuration.observe({ call: call.call }, durationMs / 1_000);
      log.debug(
        { ...ref, call: call.call, attempt: call.n, outcome, reason, durationMs: Math.round(durationMs) },
        "agora answered",
      );
    },
    waited({ ref, class: name, waitMs }) {
      metrics.quotaWait.observe({ account: options.accountOf(ref.appId), class: name }, Math.max(0, waitMs) / 1_000);
    },
    leaseLost(ref) {
      log.warn(ref, "lease lost, another process continues");
    },
    failed(ref, err) {
      log.warn({ ...ref, err }, "work on a channel failed, the schedule continues it");
    },
    untold(ref, { n, kind, uid, sid, resourceId }) {
      const fields = { ...ref, attempt: n, kind, uid, sid, resourceId };
      log.error(fields, "redis never heard what agora has told, a person must look");
    },
  };
}

function report(log: Logger, ref: Ref, fact: LifecycleFact): void {
  const { type, atMs: _, ...fields } = fact;
  const line = { ...ref, ...fields };
  if (type === "attempt.lost" || type === "attempt.ambiguous" || type === "slot.blocked")
    log.warn(line, messages[type]);
  else log.info(line, messages[type]);
}

interface Change {
  readonly options: ReportOptions;
  readonly ref: Ref;
  readonly before: ChannelRecord;
  readonly after: ChannelRecord;
}

function count(change: Change, fact: LifecycleFact): void {
  const attempt = fact.attempt === undefined ? undefined : change.after.attempts[fact.attempt];
  if (attempt === undefined) return;
  const { metrics } = change.options;
  const app = change.options.appName(change.ref.appId);
  const { slot, mode } = attempt;
  switch (fact.type) {
    case "attempt.claimed":
      if (attempt.n > 1 && replacesLost(change, attempt))
        metrics.restarts.inc({ app, reason: restartReason(change, attempt) });
      return;
    case "attempt.started":
      if (isFirstOfSession(change, attempt))
        metrics.joinToAccepted.observe({ app, mode }, sinceOpened(change, attempt, fact));
      return;
    case "attempt.confirmed":
      metrics.attempts.inc({ app, slot, outcome: "confirmed" });
      if (isFirstOfSession(change, attempt))
        metrics.joinToConfirmed.observe({ app, mode }, sinceOpened(change, attempt, fact));
      return;
    case "attempt.ambiguous":
      metrics.attempts.inc({ app, slot, outcome: fact.state === "GHOST" ? "ghost" : "ambiguous" });
      return;
    case "attempt.lost":
      if (fact.cause === "recorder_exit") metrics.attempts.inc({ app, slot, outcome: "died" });
      return;
    case "slot.blocked":
      metrics.attempts.inc({ app, slot, outcome: "refused" });
      return;
    case "attempt.closed": {
      const sid = fact.sid === undefined ? "unknown" : "known";
      if (fact.billedMsMax !== undefined) metrics.billedSecondsMax.inc({ app, sid }, fact.billedMsMax / 1_000);
      const closedAtMs = change.after.sessions[attempt.session]?.closedAtMs;
      if (closedAtMs !== undefined && fact.previousState === "STOPPING") {
        metrics.stopToConfirmed.observe({ app, mode }, Math.max(0, fact.atMs - closedAtMs) / 1_000);
      }
      return;
    }
    case "attempt.rotating":
    case "attempt.waiting":
    case "attempt.stopping":
    case "attempt.suspected":
    case "session.opened":
    case "session.closed":
    case "channel.paused":
    case "channel.resumed":
      return;
  }
}

/** A claim inside a session whose slot already had an attempt replaces it, unless that one records on until it is rotated out. */
function replacesLost(change: Change, attempt: Attempt): boolean {
  const earlier = Object.values(change.after.attempts).filter(
    (other) => other.session === attempt.session && other.slot === attempt.slot && other.n < attempt.n,
  );
  return earlier.length > 0 && earlier.at(-1)?.rotating !== true;
}

function isFirstOfSession(change: Change, attempt: Attempt): boolean {
  return !Object.values(change.after.attempts).some(
    (other) => other.session === attempt.session && other.n < attempt.n,
  );
}

function restartReason(change: Change, attempt: Attempt): string {
  const earlier = Object.values(change.after.attempts).filter(
    (other) => other.n < attempt.n && other.slot === attempt.slot,
  );
  switch (earlier.at(-1)?.st) {
    case "GHOST":
    case "DOUBT":
      return "ambiguous_start";
    case "CLOSED":
      return earlier.at(-1)?.liveAtMs === undefined ? "provider_error" : "recorder_exit";
    case "CLAIMED":
    case "READY":
    case "LIVE":
    case "CONF":
    case "STOPPING":
      return "recorder_exit";
    case undefined:
      return "unknown";
  }
}

function sinceOpened(change: Change, attempt: Attempt, fact: LifecycleFact): number {
  const openedAtMs = change.after.sessions[attempt.session]?.openedAtMs ?? fact.atMs;
  return Math.max(0, fact.atMs - openedAtMs) / 1_000;
}
