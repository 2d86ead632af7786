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
  /** The `X-Request-Id` that was sent; names a request that was never answered. */
  readonly sentRequestId?: string;
  /** The base URL that the request went to, or would have gone to. */
  readonly host?: string;
  /** An answer that Agora's reference does not describe; `excerpt` keeps it for the operator. */
  readonly unforeseen?: true;
  /** The beginning of an unforeseen body, at most 300 characters, secrets hidden. */
  readonly excerpt?: string;
}

/** One file of a recording as query, stop and notifications name it, in the one spelling that all of theirs become. */
export interface RecordedFile {
  /** As Agora names it. */
  readonly fileName: string;
  readonly trackType?: "audio" | "video" | "audio_and_video";
  /** "0" in mode mix; absent in mode web. */
  readonly uid?: string;
  /** One file for everybody, or one for each user. */
  readonly mixedAllUser?: boolean;
  readonly isPlayable?: boolean;
  readonly sliceStartAtMs?: number;
}

/** One service of a web page recording; stream addresses are left out, since they hold keys. */
export interface ExtensionState {
  readonly name: string;
  readonly state?: "init" | "inProgress" | "exit" | "unknown";
  readonly onhold?: boolean;
  readonly outputs?: readonly ("connecting" | "publishing" | "onhold" | "disconnected" | "unknown")[];
}

/** What an answer says of the recording itself. */
export interface RecordingReport {
  /** Empty before the first slice, and now and then for longer; an empty list proves nothing. */
  readonly files: readonly RecordedFile[];
  /** `backuped`: all is uploaded, a part of it to Agora's own store, from where it follows. */
  readonly uploadingStatus?: "uploaded" | "backuped" | "unknown";
  readonly sliceStartAtMs?: number;
  /** Mode web. */
  readonly services?: readonly ExtensionState[];
}

/**
 * `triesMax`: after so many answers of this kind the outcome is `never`. `maybeNotEnabled`: who gets several of this kind
 * should ask whether the service is enabled for the App ID.
 */
interface Again {
  readonly outcome: "again" | "wait";
  readonly schedule: RetrySchedule;
  readonly triesMax?: number;
  readonly maybeNotEnabled?: true;
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
export type QueryAnswer = CallEvidence & { readonly recording?: RecordingReport } & (
    | { readonly outcome: "alive" | "starting" | "abnormal"; readonly status: number }
    /** Without a status where only a code says so. */
    | { readonly outcome: "ending"; readonly status?: number }
    | { readonly outcome: "notFound" | "unknown" | "controlLost" }
  );

/** What an answer to stop means; `notFound` alone does not prove that the recorder is gone. */
export type StopAnswer = CallEvidence & {
  readonly recording?: RecordingReport;
  readonly outcome: "done" | "exiting" | "notFound" | "unknown" | "controlLost";
};

/**
 * What an answer of update or updateLayout means. `refused`: this request can never work, the recording goes on as it
 * was. `unknown`: it may have taken effect; the same request may be sent again, since it says how things shall be.
 */
export type UpdateAnswer = CallEvidence & {
  readonly outcome: "ok" | "notFound" | "unknown" | "refused" | "controlLost";
};
