/**
 * What an answer of Agora means, call by call: the words of the protocol's outcome table.
 * `recording-api` maps every answer to exactly one of them, `domain` decides on nothing else.
 */

/** Why a call ended as it did; label `reason` of `autorec_agora_requests_total`. */
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
/** One of `callReasons`. */
export type CallReason = (typeof callReasons)[number];

/** The wait before the next try; the lengths are settings. */
export type RetrySchedule =
  "code65" | "serverError" | "lost" | "others" | "throttled" | "overWorkers" | "noCode" | "unauthorized";

/** What is true of every answer, for logs, metrics and the operator; never holds a secret. */
export interface CallEvidence {
  readonly reason: CallReason;
  /** A person must look: the answer is one that repetition will not cure, or one that nobody foresaw. */
  readonly alarm: boolean;
  readonly httpStatus?: number;
  readonly code?: number;
  /** Agora's words, shortened to 300 characters. */
  readonly message?: string;
  /** Agora's `X-Request-Id`. */
  readonly requestId?: string;
}

/** `triesMax`: after so many answers of this kind the outcome is `never`. */
interface Again {
  readonly outcome: "again" | "wait";
  readonly schedule: RetrySchedule;
  readonly triesMax?: number;
}

/** What an answer to acquire means; only `ok` brings a resource. */
export type AcquireAnswer = CallEvidence &
  ({ readonly outcome: "ok"; readonly resourceId: string } | Again | { readonly outcome: "never" });

/** What an answer to start means. `started`: it runs, and its sid is unknown; `conflict`: its uid already records, on another resource. */
export type StartAnswer = CallEvidence &
  (
    | { readonly outcome: "ok"; readonly sid: string }
    | { readonly outcome: "started" }
    | { readonly outcome: "conflict" }
    /** `ambiguous`: the start may have taken effect although nobody said so. */
    | { readonly outcome: "again"; readonly schedule: RetrySchedule; readonly ambiguous: boolean }
    | { readonly outcome: "wait"; readonly schedule: RetrySchedule; readonly triesMax?: number }
    | { readonly outcome: "newResource" }
    | { readonly outcome: "never" }
  );

/** What an answer to query means; only the first kinds prove that a recorder is there. */
export type QueryAnswer = CallEvidence &
  (
    | { readonly outcome: "alive" | "starting" | "ending" | "abnormal"; readonly status: number }
    | { readonly outcome: "notFound" | "unknown" | "controlLost" }
  );

/** What an answer to stop means; `notFound` alone does not prove that the recorder is gone. */
export type StopAnswer = CallEvidence & {
  readonly outcome: "done" | "exiting" | "notFound" | "unknown" | "controlLost";
};
