import type { CallReason } from "@autorec/events";
import type { CallName } from "./answer-facts.ts";

/** One finished call, for metrics and logs; holds no secret and no channel. */
export interface CallReport {
  readonly call: CallName;
  readonly outcome: string;
  readonly reason: CallReason;
  readonly durationMs: number;
  readonly httpStatus?: number;
  readonly code?: number;
  readonly requestId?: string;
}
