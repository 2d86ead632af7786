import type { RetrySchedule } from "@autorec/events";
import type { Attempt, WaitCause } from "./channel-record.ts";
import type { Alarm } from "./decision.ts";
import type { Durations } from "./durations.ts";

/** What an input says about one attempt, flattened: each row of the table reads the fields that its answers carry. */
export interface Told {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  /** Agora's words or a short description, for the operator. */
  readonly detail: string;
  readonly alarm: boolean;
  readonly resourceId?: string;
  /** Base URL that answered. */
  readonly host?: string;
  readonly sid?: string;
  readonly newUid?: number;
  readonly status?: number;
  /** Agora's code in the body. */
  readonly code?: number;
  readonly schedule?: RetrySchedule;
  readonly triesMax?: number;
  readonly maybeNotEnabled?: true;
  readonly ambiguous?: boolean;
  /** Which announced send of start this answers, or which certainly did not leave. */
  readonly send?: number;
  readonly retryInMs?: number;
  /** Of a call that was put off: what the account has too little of. */
  readonly waitCause?: WaitCause;
}

/** What a cell may know beside the attempt and what was told. */
export interface StepContext {
  readonly nowMs: number;
  readonly durations: Durations;
  readonly wantOn: boolean;
  /** Somebody is in the channel with the uid of this attempt although it was never started. */
  readonly uidClash: boolean;
}

/** What a row asks of the slot, beside the change of the attempt. */
export type Effect =
  | { readonly kind: "block"; readonly cause: string }
  /** A suspected attempt answered again (rule P4). */
  | { readonly kind: "cameBack" }
  /** A 404 has lasted long enough to move capture elsewhere (rule P5). */
  | { readonly kind: "cover" }
  /** It ended as a recorder does that nobody has joined since (protocol.md §11). */
  | { readonly kind: "idleEnd"; readonly nobodySinceMs: number }
  /** It was out of sight for so long, and may have come back with a uid that nobody was told. */
  | { readonly kind: "outOfSight"; readonly fromMs: number; readonly toMs: number }
  /** It has lived longer than a recorder does that is alone. */
  | { readonly kind: "notAlone" }
  /** Files of the recorder do not arrive. */
  | { readonly kind: "storageError" }
  | { readonly kind: "alarm"; readonly alarm: Alarm["alarm"] };

/** The attempt as a cell leaves it; what concerns its slot is asked for, never done by the cell. */
export interface Step {
  readonly attempt: Attempt;
  readonly effects: readonly Effect[];
}

/** One cell of the table: pure, and total over what may be told. */
export type Cell = (attempt: Attempt, told: Told, context: StepContext) => Step;

/** The no-op cell: the input says nothing new in this state. */
export const keep: Cell = (attempt) => ({ attempt, effects: [] });

/** Ends a row with a changed attempt. */
export function step(attempt: Attempt, ...effects: readonly Effect[]): Step {
  return { attempt, effects };
}

/** An answer that nobody foresaw is an outcome too, and a person must see it. */
export function unforeseen(told: Told): readonly Effect[] {
  return told.alarm ? [{ kind: "alarm", alarm: "unforeseen_answer" }] : [];
}
