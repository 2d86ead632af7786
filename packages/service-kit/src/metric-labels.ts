/** State words of a channel in order of severity (operators.md §0.1). */
export const channelStates = [
  "uncovered",
  "unknown",
  "blocked",
  "queued",
  "starting",
  "stopping",
  "covered",
  "ignored",
] as const;

/** Why a stretch was not captured, hence why a recorder was replaced (operators.md §0.5). */
export const gapCauses = [
  "start_latency",
  "quota_requests",
  "quota_workers",
  "recorder_exit",
  "migration",
  "ambiguous_start",
  "provider_error",
  "provider_unreachable",
  "intake_lag",
  "autorec_down",
  "paused",
  "operator_stop",
  "silent_media",
  "file_missing",
  "unknown",
] as const;

/** How a recorder that may be live is counted; `orphan` follows with the sweep that can find one. */
export const recorderStates = ["confirmed", "unconfirmed", "ghost"] as const;
/** How an attempt to record turned out; label `outcome` of `autorec_attempts_total`. */
export const attemptOutcomes = ["confirmed", "refused", "ambiguous", "died", "ghost"] as const;
/** Whether anybody knew the sid of a recorder that has ended; label `sid` of `autorec_billed_seconds_max_total`. */
export const sidKnowledge = ["known", "unknown"] as const;
/** The forms of input events that are counted apart; label `source` of `autorec_events_total`. */
export const eventSources = ["autorec", "agora"] as const;
/** What became of a record of the event topic; label `result` of `autorec_events_total`. */
export const eventResults = ["applied", "duplicate", "stale", "ignored", "dead_letter"] as const;
/** What had a channel looked at: an event or its due time; label `source`. */
export const reconcileSources = ["event", "schedule"] as const;
/** How looking at a channel ended; label `outcome` of `autorec_reconciles_total`. */
export const reconcileOutcomes = ["done", "again", "retry", "dead"] as const;
/** What an operator's switch may concern; label `scope` of `autorec_paused`. */
export const scopeKinds = ["all", "app", "rule", "channel"] as const;
/** What requests are for, the most urgent first; label `class`. */
export const requestClasses = ["start", "confirm", "stop", "restart-check", "poll"] as const;
/** Agora's modes that autorec records in so far; label `mode`. */
export const recordingModes = ["individual", "mix", "web"] as const;
/** Recorders that a rule may ask for; label `slot`. */
export const slotNames = ["primary", "secondary"] as const;

/** Why a call to Agora ended as it did (contracts.md §3). */
export const callReasons = [
  "ok",
  "throttled",
  "over_workers",
  "unauthorized",
  "timeout",
  "unreachable",
  "server_error",
  "not_found",
  "refused",
  "conflict",
] as const;

/** Per call the outcome words of protocol.md §7; those that only success yields never have another reason than `ok`. */
export const callOutcomes = {
  acquire: { succeeded: ["ok"], other: ["again", "wait", "never"] },
  start: { succeeded: ["ok"], other: ["started", "conflict", "again", "wait", "newResource", "never"] },
  query: { succeeded: ["alive", "starting", "ending", "abnormal"], other: ["notFound", "unknown", "controlLost"] },
  stop: { succeeded: ["done"], other: ["exiting", "notFound", "unknown", "controlLost"] },
} as const;

/** A call to Agora that is counted. */
export type RecordingCall = keyof typeof callOutcomes;
/** One of `channelStates`. */
export type ChannelState = (typeof channelStates)[number];
/** One of `gapCauses`. */
export type GapCause = (typeof gapCauses)[number];
