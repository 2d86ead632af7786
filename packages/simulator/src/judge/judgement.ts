/** Cause of a gap: the closed set of operators.md §0.5. */
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
export type GapCause = (typeof gapCauses)[number];

/** Why more than one recorder may be live: the table of contracts.md §5; `none` = nothing explains it. */
export type OverlapException = "ghost" | "cover" | "rejoin" | "replaced" | "control_lost" | "rotation" | "none";

/** An uncovered stretch of delivered occupancy. Points in time are ms since the epoch. */
export interface Gap {
  readonly appId: string;
  readonly channelName: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly ms: number;
  readonly cause: GapCause;
  /** Greatest length that its cause and what happened meanwhile allow. */
  readonly allowedMs: number;
  /** What `allowedMs` is made of. */
  readonly bound: string;
  readonly explained: boolean;
}

/** A longest stretch with more than one live recorder. */
export interface Overlap {
  readonly appId: string;
  readonly channelName: string;
  readonly uids: readonly number[];
  readonly startMs: number;
  readonly endMs: number;
  readonly exception: OverlapException;
  /** Length from `startMs` on for which every recorder but one is excused. */
  readonly allowedMs: number;
  readonly explained: boolean;
}

export interface Violation {
  readonly invariant: "I1" | "I2" | "I3" | "I4" | "I7";
  readonly channelName: string;
  readonly atMs: number;
  readonly message: string;
}

export interface LongestGap {
  readonly ms: number;
  readonly cause: GapCause;
  readonly channelName: string;
}

export interface HistoryCounts {
  readonly joins: number;
  readonly leaves: number;
  readonly eventsPublished: number;
  readonly eventsDropped: number;
  readonly kills: number;
  /** Killed recorders whose leave was never published. */
  readonly killsSilent: number;
  /** Calls that took effect and were not answered. */
  readonly lostAnswers: number;
  readonly migrations: number;
  /** 429 answers that no fault injected. */
  readonly requests429: number;
  /** 406 answers (too many workers) that no fault injected. */
  readonly requests406: number;
}

/** What all channels come to together; lengths are ms. */
export interface ChannelFigures {
  /** Occupied stretches, breaks shorter than the grace counted as one. */
  readonly sessions: number;
  readonly starts: number;
  /** Starts beyond the first of their session. */
  readonly restarts: number;
  /** coveredMs ÷ occupiedMs; 1 when nobody came. */
  readonly coverageRatio: number;
  readonly occupiedMs: number;
  readonly coveredMs: number;
  readonly gaps: readonly Gap[];
  readonly longestGap?: LongestGap;
  readonly longestGapByCause: Readonly<Partial<Record<GapCause, LongestGap>>>;
  readonly overlaps: readonly Overlap[];
  readonly overlapsUnexplained: number;
  readonly uidClashes: number;
  /** Recorders still live at the end in channels that had been empty for longer than allowed; no ghosts. */
  readonly leftBehind: number;
  /** Ghosts still live at the end; beyond their own bound they are violations of I4. */
  readonly ghostsLive: number;
}

/** What a history says about the invariants; JSON. All lengths are ms. */
export interface Judgement extends ChannelFigures {
  readonly violations: readonly Violation[];
  readonly counts: HistoryCounts;
  /** `participants`: the history has no events (simulator without Kafka), so true presence stood in. */
  readonly presenceFrom: "events" | "participants";
  readonly durations: Readonly<Record<string, number | readonly number[]>>;
  /** Names of durations that the history did not tell. */
  readonly durationsAssumed: readonly string[];
  readonly channels: number;
  readonly lines: number;
  readonly lengthMs: number;
  readonly seed?: number | string;
}
