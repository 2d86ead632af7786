import type { CallReason } from "@autorec/events";
import type {
  Alarm,
  Attempt,
  Call,
  ChannelRecord,
  DecideContext,
  ControlledChannel,
  ControlOrder,
  Decision,
  Durations,
  Input,
  PendingFact,
  Rule,
} from "@autorec/domain";
import type { RecordingClient, StartClientRequest } from "@autorec/recording-api";
import type { ChannelRef, ClaimedChannel, RequestClass, SessionStore } from "@autorec/session-store";
import type { MonotonicClock } from "./redis-clock.ts";
import type { Timer } from "./wakeup.ts";

/** What a reconciler may ask of the rules in force in this process. */
export interface RecordingPolicy {
  readonly hash: string;
  ruleFor(ref: ChannelRef): Rule | undefined;
  /** Whether the request bodies of a rule can still be built here. */
  knowsRule(ruleHash: string): boolean;
}

/** One app's way to Agora. */
export interface AgoraAccess {
  /** The Agora account that the request budget belongs to. */
  readonly account: string;
  readonly requestsPerSecond: number;
  /** Recorders that Agora lets the account run at once. */
  readonly workers: number;
  readonly client: Pick<RecordingClient, "acquire" | "start" | "query" | "stop" | "close">;
  /** How long a recorder can be controlled after its start; must be longer than its token lives. */
  readonly resourceExpiredHour: number;
  /** The same bytes for every send of the attempt; undefined when its rule is no longer known. */
  startRequest(attempt: Attempt, channelName: string): StartClientRequest | undefined;
}

/** Writes an attempt to the compacted topic `recording.snapshots`, acknowledged by all replicas; rejects otherwise. */
export type Journal = (entry: {
  readonly ref: ChannelRef;
  readonly rev: string;
  readonly attempt: Attempt;
}) => Promise<void>;

/**
 * Told of everything that a person or a metric may want to know; must not throw. `decided` and `alarm` come in the order of the
 * decisions, and with `meanwhile` perhaps after a call that such a decision has sent; all else comes when it happens.
 */
export interface ReconcileObserver {
  decided(step: {
    readonly ref: ChannelRef;
    readonly before: ChannelRecord;
    readonly input: Input;
    readonly decision: Decision;
  }): void;
  alarm(ref: ChannelRef, alarm: Alarm): void;
  called(call: {
    readonly ref: ChannelRef;
    readonly call: Call;
    readonly outcome: string;
    readonly reason: CallReason;
    readonly durationMs: number;
  }): void;
  /** A call has got its place or its worker after so long. */
  waited?(wait: { readonly ref: ChannelRef; readonly class: RequestClass; readonly waitMs: number }): void;
  /** A lease ended before its work did; answers still under way become facts. */
  leaseLost(ref: ChannelRef): void;
  failed(ref: ChannelRef, err: unknown): void;
  /** What Agora has told and Redis never heard of is lost with this process. */
  untold?(ref: ChannelRef, fact: PendingFact): void;
  /** Told of every cell of the table that a decision meets; only tests ask. */
  readonly cell?: DecideContext["onCell"];
}

/** The part of the store that a turn of work needs. */
export type ReconcilerStore = Pick<
  SessionStore,
  | "claimOne"
  | "renew"
  | "release"
  | "commit"
  | "fact"
  | "gc"
  | "takeRequest"
  | "cutRequests"
  | "holdWorkers"
  | "cutWorkers"
>;

/** Everything that a reconciler touches: time, chance and the outside come in here and nowhere else. */
export interface ReconcilerDeps {
  readonly store: ReconcilerStore;
  readonly policy: RecordingPolicy;
  readonly agoraFor: (appId: string) => AgoraAccess | undefined;
  readonly journal: Journal;
  /** What the operators' switches allow for a channel now; asked at each decision and last before each send. */
  readonly control: (channel: ControlledChannel) => ControlOrder;
  readonly durations: Durations;
  readonly deploymentId: string;
  /** Who holds a lease, for people: the instance id of this process. */
  readonly owner: string;
  readonly clock: MonotonicClock;
  readonly sleep: (ms: number) => Promise<void>;
  /** Waits that an answer may cut short; absent: the machine's timers. */
  readonly after?: Timer;
  /**
   * Runs what no call waits for, soon, in the order of the asking, and after what has been written has left: nothing may throw.
   * Absent: what is told is told at once, and nothing is made ahead.
   */
  readonly meanwhile?: (task: () => void) => void;
  /** 128 random bits in hex: a lease token. */
  readonly newToken: () => string;
  /** A random integer, 0 … 2³² − 1. */
  readonly entropy: () => number;
  readonly observer: ReconcileObserver;
}

export type { ChannelRef, ClaimedChannel };
