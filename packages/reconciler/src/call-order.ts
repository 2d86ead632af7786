import type { Attempt, Call } from "@autorec/domain";
import type { ChannelRef } from "./ports.ts";

/** One call that a decision asks for, and the attempt as that decision leaves it. */
export interface CallPlan {
  readonly ref: ChannelRef;
  readonly call: Call;
  readonly attempt: Attempt;
  /** Redis clock of the decision: never later than the send. */
  readonly decidedAtMs: number;
  /** Revision of the channel that the decision was made on. */
  readonly decidedOnRev: string;
  /** Another attempt of the slot records, may record, or gave its worker for this one: what is under way goes on with it. */
  readonly isTakeover: boolean;
  /** Asked last before the send: a start whose attempt was given up meanwhile must not leave. */
  readonly isStillMeant: () => boolean;
}

/** A planned call that a durable decision has announced, and that may leave once. */
export interface CallOrder extends CallPlan {
  /** Redis clock of that commit: never later than the send. */
  readonly sentAtMs: number;
}
