/**
 * The lines of the simulator's history (JSON Lines): what truly happened, written once, never changed.
 * Writers build these types, readers go through `parseHistoryLine`; both ignore kinds and fields they do not know.
 * All times are ms since the epoch on the simulator's clock, all lengths are ms.
 */
export type HistoryLine =
  | SimulationStartedLine
  | ParticipantJoinedLine
  | ParticipantLeftLine
  | RecorderJoinedLine
  | RecorderLeftLine
  | RequestLine
  | EventLine
  | FaultLine
  | NoteLine;

/** Everything that is written: beside what a judge reads, what only people look at. */
export type WrittenLine = HistoryLine | WebhookLine | PresenceRequestLine;

interface LineBase {
  /** Grows by one per line; the order of the history, also among lines of the same millisecond. */
  readonly seq: number;
  /** When the line was written. */
  readonly atMs: number;
}

interface ChannelLineBase extends LineBase {
  readonly appId?: string;
  readonly channelName: string;
}

/** What the judge reads of the simulator's settings; the line carries every other one too. */
export interface SimulationSettings {
  /** Agora's profile of all channels: with 1 the audience does not keep a channel occupied. Default 0. */
  readonly channelType?: 0 | 1;
  /** Limit of Agora's account; absent = unlimited. */
  readonly requestsPerSecond?: number;
  /** Concurrent workers of Agora's account; absent = unlimited. */
  readonly workers?: number;
  /** Length of a migration: from the old recorder's end to the new one's join. */
  readonly migrationMs?: number;
  /** How many recorders the rule of all channels asks for: each has uids of its own parity. Default 1. */
  readonly recorders?: 1 | 2;
  /** Of the scripted day or the chaos run, if there is one. */
  readonly seed?: number | string;
  /** Every duration of autorec under its field name of `Durations` (`leaseMs`, `confirmStepsMs` …); may also carry `coverAfterMs` of the one rule in force. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** Recoveries of autorec's rules; the first that fits a channel counts. Default: that of `client` for all. */
  readonly recoveries?: readonly RecoveryOfRule[];
  readonly [setting: string]: unknown;
}

/** How soon autorec covers a recorder that may be gone, in the channels of one rule. */
export interface RecoveryOfRule {
  /** A channel's name, or what it begins with and an asterisk. */
  readonly channel: string;
  readonly coverAfterMs: number;
}

/** First line of every history. */
export interface SimulationStartedLine extends LineBase {
  readonly kind: "simulation-started";
  readonly version: string;
  readonly settings: SimulationSettings;
}

/** Somebody is in the channel from here on; true presence, whatever is published about it. */
export interface ParticipantJoinedLine extends ChannelLineBase {
  readonly kind: "participant-joined";
  readonly uid: number;
}

/** Reason 5: the uid joined from another device and is still there. */
export interface ParticipantLeftLine extends ChannelLineBase {
  readonly kind: "participant-left";
  readonly uid: number;
  /** Agora's leave reason. */
  readonly reason?: number;
}

/**
 * A recorder is live from here on; written at the effect, before the line of the request that caused it. In mode web a
 * page was opened: nobody came into the channel.
 */
export interface RecorderJoinedLine extends ChannelLineBase {
  readonly kind: "recorder-joined";
  readonly uid: number;
  readonly sid: string;
  readonly resourceId: string;
  readonly mode: string;
  /** `migration`: the same sid goes on under a new random uid. */
  readonly cause: "start" | "migration" | "unknown";
}

/** The recorder is not live any more. */
export interface RecorderLeftLine extends ChannelLineBase {
  readonly kind: "recorder-left";
  readonly uid: number;
  readonly sid: string;
  readonly cause: RecorderLeftCause;
}

/**
 * `killed` is also a recording that could not work (keys, token, page, uid clash), `expired` the end of its token or of
 * maxRecordingHour; `unknown` a word that this version does not know.
 */
export type RecorderLeftCause = "stop" | "idle" | "killed" | "migration" | "expired" | "unknown";

/** One call that reached the simulator; written when it was answered, or when the answer was thrown away. */
export interface RequestLine extends LineBase {
  readonly kind: "request";
  readonly appId?: string;
  /** As far as known, like uid, sid and resourceId. */
  readonly channelName?: string;
  readonly requestId: string;
  /** The whole instance part of `User-Agent: autorec/<version> <instanceId>`; equals `instanceId` of the notes. */
  readonly client?: string;
  readonly startedAtMs: number;
  readonly call: RequestCall;
  readonly uid?: number;
  readonly sid?: string;
  readonly resourceId?: string;
  /** HTTP status that was or would have been answered; absent when the fault was a lost request. */
  readonly status?: number;
  /** `code` of Agora's body. */
  readonly code?: number;
  /** Answer of a query: `serverResponse.status`, 0–8 or 20. */
  readonly recorderStatus?: number;
  /** It took effect. */
  readonly applied: boolean;
  /** The caller was sent an answer. */
  readonly answered: boolean;
  readonly durationMs: number;
  /** Name of the injected fault that shaped this answer (see `FaultLine`); absent = the simulator meant it. */
  readonly fault?: string;
}

export type RequestCall = "acquire" | "start" | "query" | "update" | "updateLayout" | "stop" | "other";

/** One channel event that was published to Kafka, or dropped; written when the first copy was acknowledged. */
export interface EventLine extends ChannelLineBase {
  readonly kind: "event";
  /** 101–108, 111, 112. */
  readonly eventType: number;
  /** Absent on 101 and 102, like clientSeq. */
  readonly uid?: number;
  /** Decimal digits; compared as integers. */
  readonly clientSeq?: string;
  readonly noticeId?: string;
  readonly reason?: number;
  readonly clientType?: number;
  readonly copies?: number;
  readonly dropped: boolean;
  /** When Kafka acknowledged the first copy; absent when dropped (or never acknowledged). */
  readonly ackedAtMs?: number;
}

/**
 * A fault that somebody asked for: `kill-recorder`, `migrate-recorder`, `lose-request` (before its effect), `lose-answer`
 * (after it), `delay` or `answer` (another status, mostly without effect), `harm` (to the recording that a start begins);
 * a reader takes any word.
 * A fault on calls writes one line when it is armed, one each time it hits, one when it is spent or cleared;
 * the request it hits carries its name as well.
 */
export interface FaultLine extends LineBase {
  readonly kind: "fault";
  readonly fault: string;
  readonly phase: "armed" | "applied" | "ended";
  readonly appId?: string;
  /** Absent = every channel. */
  readonly channelName?: string;
  readonly call?: RequestCall;
  readonly uid?: number;
  readonly sid?: string;
  readonly requestId?: string;
  readonly status?: number;
  readonly code?: number;
  readonly delayMs?: number;
  /** Of `kill-recorder`: no leave event of its uid is published. */
  readonly silent?: boolean;
  /** Of `harm`: what happens to the recording. */
  readonly harm?: string;
}

/**
 * What a test harness or the demo tells the simulator (`POST /admin/notes`), as soon as it has done it.
 * The judge needs them: who dies, sleeps or starts widens the bounds, who says nothing is judged as if all went well.
 *
 * - `process-started`: the process was launched. `process-stopped`: it ended by itself or after SIGTERM.
 * - `process-killed`: SIGKILL or crash. `process-paused` / `process-resumed`: SIGSTOP / SIGCONT.
 * - `broker-stopped` / `broker-up`: Kafka does not answer / answers again.
 * - `redis-lost` / `redis-rebuilt`: Redis has lost its data / the state is there again.
 * - `redis-stopped` / `redis-up`: Redis does not answer / answers again, with all its data.
 * - `agora-unreachable` / `agora-reachable`: no call reaches the simulator, and answers under way are lost / calls reach it.
 * - `recording-paused` / `recording-resumed`: an operator has told autorec to start nothing or to stop everything / to go on.
 * - `run-ended`: nothing after this line is judged; without it the last line is the end.
 *
 * The process notes need `role` and `instanceId`; other words are for people and change nothing.
 */
export interface NoteLine extends LineBase {
  readonly kind: "note";
  readonly note: string;
  readonly role?: ProcessRole;
  /** AUTOREC_INSTANCE_ID of the process; equals `client` of its requests. */
  readonly instanceId?: string;
}

/** `other`: a process that neither reads events nor works on the schedule; it widens no bound. */
export type ProcessRole = "consumer" | "watchdog" | "other";

/** The words of `note` that a judge understands. */
export const noteNames = [
  "process-started",
  "process-stopped",
  "process-killed",
  "process-paused",
  "process-resumed",
  "broker-stopped",
  "broker-up",
  "redis-lost",
  "redis-rebuilt",
  "redis-stopped",
  "redis-up",
  "agora-unreachable",
  "agora-reachable",
  "recording-paused",
  "recording-resumed",
  "rotation-ordered",
  "run-ended",
] as const;
export type NoteName = (typeof noteNames)[number];

/** One send of a notification to a receiver, or that it was not sent; judges ignore it. */
export interface WebhookLine extends ChannelLineBase {
  readonly kind: "webhook";
  /** Place in the settings' list of webhooks. */
  readonly receiver: number;
  readonly productId: number;
  readonly eventType: number;
  readonly sid?: string;
  /** Absent when nothing was sent. */
  readonly noticeId?: string;
  /** 1 to 4; 0 when nothing was sent. */
  readonly attempt: number;
  /** It was taken: 200 in time with a JSON body. */
  readonly delivered: boolean;
  /** HTTP status of the answer. */
  readonly status?: number;
  readonly failure?: "timeout" | "name" | "certificate" | "network" | "status" | "body" | "lost" | "overflow";
}

/** A call of the channel management API, or for the senders' addresses; judges ignore it. */
export interface PresenceRequestLine extends LineBase {
  readonly kind: "presence-request";
  readonly requestId: string;
  readonly call: "listChannels" | "listUsers" | "userStatus" | "kick" | "ncsIp";
  readonly appId?: string;
  readonly channelName?: string;
  readonly status: number;
}
