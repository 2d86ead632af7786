import type { CallReason } from "@autorec/events";
import type { CallName } from "./answer-facts.ts";

/** One finished call, for metrics and logs; holds no secret. Only `excerpt` may name the channel. */
export interface CallReport {
  readonly call: CallName;
  readonly outcome: string;
  readonly reason: CallReason;
  readonly durationMs: number;
  /** The base URL that the request went to, or would have gone to. */
  readonly host: string;
  readonly httpStatus?: number;
  readonly code?: number;
  /** The `X-Request-Id` of Agora's answer. */
  readonly requestId?: string;
  /** The one that was sent. */
  readonly sentRequestId?: string;
  /** Agora's reference does not describe this answer: to be counted, and shown to a person with its `excerpt`. */
  readonly unforeseen?: true;
  readonly excerpt?: string;
}
