import type { AcquireAnswer, AttemptState, LifecycleFact, QueryAnswer, StartAnswer, StopAnswer } from "@autorec/events";
import type { ChannelRecord, WaitCause } from "./channel-record.ts";
import type { Control } from "./control.ts";
import type { Durations } from "./durations.ts";
import type { Rule } from "./rule.ts";

/** `sentAtMs` is never later than the send, `answeredAtMs` never earlier than the answer (ms of the Redis clock). */
interface Answered {
  readonly n: number;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

/** What has just become known; facts left by others come with the view. */
export type Input =
  | { readonly kind: "look" }
  | (Answered & { readonly kind: "acquire"; readonly answer: AcquireAnswer })
  | (Answered & {
      readonly kind: "start";
      readonly resourceId: string;
      /** The value of `startSends` that announced this send. */
      readonly send: number;
      readonly answer: StartAnswer;
    })
  | (Answered & { readonly kind: "query"; readonly sid: string; readonly answer: QueryAnswer })
  | (Answered & { readonly kind: "stop"; readonly sid: string; readonly answer: StopAnswer })
  /** The journal did not take the READY attempt, so the start announced as `send` certainly did not leave. */
  | { readonly kind: "journalRefused"; readonly n: number; readonly send: number }
  /** The call certainly did not leave, mostly for want of room in the request budget; ask again after `retryInMs`. */
  | {
      readonly kind: "postponed";
      readonly n: number;
      readonly retryInMs: number;
      /** What the account has too little of; absent when something else kept the call back. */
      readonly cause?: WaitCause;
      /** Of a start: the value of `startSends` that announced it. */
      readonly send?: number;
    };

/** A request to Agora that the caller must send once this decision is durable. */
export type Call =
  /** `excludeResourceIds`: of the other slot, so that the two recorders get machines apart. */
  | { readonly call: "acquire"; readonly n: number; readonly excludeResourceIds?: readonly string[] }
  /** `journalFirst`: the attempt must be in the journal before the start may leave. */
  | { readonly call: "start"; readonly n: number; readonly send: number; readonly journalFirst: boolean }
  | { readonly call: "query"; readonly n: number; readonly sid: string }
  | { readonly call: "stop"; readonly n: number; readonly sid: string };

/** A state that a person must look at; logged once as an error or a warning. */
export interface Alarm {
  readonly alarm:
    | "slot_blocked"
    | "control_lost"
    | "orphan_recorder"
    | "other_sid"
    | "four_open_attempts"
    | "starts_die_unconfirmed"
    | "crash_loop"
    | "storage_error"
    | "service_not_enabled_maybe"
    | "unforeseen_answer";
  readonly n: number;
  readonly detail: string;
}

/** All that a decision depends on beside the channel: the same context and view always decide the same. */
export interface DecideContext {
  /** Redis clock, never ahead of it. */
  readonly nowMs: number;
  readonly durations: Durations;
  readonly deploymentId: string;
  /** The rule that the channel falls under now; absent = not to be recorded. */
  readonly rule: Rule | undefined;
  /** Whether this process can still build the request bodies of that rule. */
  readonly knowsRule: (ruleHash: string) => boolean;
  /** Processes with other rules are alive: then "no rule" alone ends nothing. */
  readonly otherRulesAlive: boolean;
  /** What the operators' switches allow for this channel. */
  readonly control: Control;
  /** Revision of the switch that says so; absent while it is `run`. */
  readonly killSwitchRev?: number;
  /** Attempts with a call under way at this holder: they get no second one. */
  readonly inFlight: ReadonlySet<number>;
  /** A fresh random integer, 0 … 2³² − 1. */
  readonly entropy: number;
  /** Told of every cell of the table that is met; for tests that ask which were. */
  readonly onCell?: ((row: string, state: AttemptState) => void) | undefined;
}

/** What a decision has learned of those who are said to be in the channel; the commit that stores it marks their entries. */
export type PresenceMark =
  /** Nobody of those last heard of before this moment was met: doubtful, until they are heard of again. */
  | { readonly kind: "doubtful"; readonly heardBeforeMs: number; readonly hostsOnly: boolean }
  /** Who came for the first time within this span may be the recorder that was out of sight. */
  | {
      readonly kind: "maybeRecorder";
      readonly fromMs: number;
      readonly toMs: number;
      /** Until then an event may still tell of a join within the span. */
      readonly joinsUntilMs: number;
    }
  /** The recorder that was out of sight is known by its uid: nobody else is taken for it any more. */
  | { readonly kind: "identified" }
  /** Somebody is there after all: nobody is doubtful any more. */
  | { readonly kind: "trusted" };

/** What a decision asks for: store `record` first, then send `calls`; nothing of it has happened yet. */
export interface Decision {
  readonly record: ChannelRecord;
  readonly calls: readonly Call[];
  readonly lifecycle: readonly LifecycleFact[];
  readonly alarms: readonly Alarm[];
  /** Stored together with `record`. */
  readonly marks: readonly PresenceMark[];
  /** When the channel must be looked at again; absent = nothing to do until something happens. */
  readonly dueAtMs: number | undefined;
  /** The input had no effect in this state: counted, never an error. */
  readonly noop: boolean;
}
