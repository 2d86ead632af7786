import type { CallReason, RetrySchedule } from "@autorec/events";

interface AcquireAgain {
  readonly outcome: "again" | "wait";
  readonly schedule: RetrySchedule;
  readonly triesMax?: number;
  readonly maybeNotEnabled?: true;
}

/** What an answer of acquire may mean. */
export type AcquireVerdict = { readonly outcome: "ok" } | AcquireAgain | { readonly outcome: "never" };

/** What an answer of start may mean. */
export type StartVerdict =
  | { readonly outcome: "ok" | "started" | "conflict" | "newResource" | "never" }
  | { readonly outcome: "again"; readonly schedule: RetrySchedule; readonly ambiguous: boolean }
  | { readonly outcome: "wait"; readonly schedule: RetrySchedule; readonly triesMax?: number };

/** `byStatus`: what `serverResponse.status` says. */
export type QueryVerdict = { readonly outcome: "byStatus" | "ending" | "notFound" | "unknown" | "controlLost" };

/** Of update and updateLayout. */
export type UpdateVerdict = { readonly outcome: "ok" | "notFound" | "unknown" | "refused" | "controlLost" };

/** `doneIfSynchronous`: done for a stop that was asked to wait for its uploads, else unknown. */
export type StopVerdict = {
  readonly outcome: "done" | "doneIfSynchronous" | "exiting" | "notFound" | "unknown" | "controlLost";
};

/** A verdict of one row for one call. */
export interface Cell<Verdict> {
  readonly verdict: Verdict;
  /** A person must look. */
  readonly alarm?: true;
  /** Where the call's reason differs from the row's. */
  readonly reason?: CallReason;
}

/** Agora did what it was asked. */
export const ok = { verdict: { outcome: "ok" } } as const;
/** Repetition will not cure it. */
export const never = { verdict: { outcome: "never" } } as const;
/** The recorder runs, and nobody has said under which sid. */
export const started = { verdict: { outcome: "started" } } as const;
/** Another recording with this channel and uid lives. */
export const conflict = { verdict: { outcome: "conflict" } } as const;
/** Only another acquire helps. */
export const newResource = { verdict: { outcome: "newResource" } } as const;
/** What the status of the answer says. */
export const byStatus = { verdict: { outcome: "byStatus" } } as const;
/** No worker serves the recording now: gone, not there yet, or moving. */
export const notFound = { verdict: { outcome: "notFound" } } as const;
/** Proves nothing. */
export const unknown = { verdict: { outcome: "unknown" } } as const;
/** The recording may live, and these ids do not reach it. */
export const controlLost = { verdict: { outcome: "controlLost" } } as const;
/** The stop was accepted. */
export const done = { verdict: { outcome: "done" } } as const;
/** The stop was accepted if it was one that waits for its uploads. */
export const doneIfSynchronous = { verdict: { outcome: "doneIfSynchronous" } } as const;
/** It was stopping already. */
export const exiting = { verdict: { outcome: "exiting" } } as const;
/** The recorder says that it is on its way out, without a status. */
export const ending = { verdict: { outcome: "ending" } } as const;
/** The change can never be made; the recording goes on as it was. */
export const refused = { verdict: { outcome: "refused" } } as const;

/** Acquire once more: it has no effect in the channel. */
export function acquireAgain(schedule: "lost" | "others", triesMax?: number): Cell<AcquireVerdict> {
  return { verdict: { outcome: "again", schedule, ...(triesMax === undefined ? {} : { triesMax }) } };
}

/** Acquire once more; several of these may mean that the App ID has no Cloud Recording. @see R 7.3 */
export const acquireMaybeNotEnabled = {
  verdict: { outcome: "again", schedule: "others", maybeNotEnabled: true },
} as const;

/** Acquire was refused for the time being. */
export function acquireWait(schedule: RetrySchedule, triesMax?: number): Cell<AcquireVerdict> {
  return { verdict: { outcome: "wait", schedule, ...(triesMax === undefined ? {} : { triesMax }) } };
}

/** The same start once more. It may have taken effect: only an unsent one surely has not (protocol.md §6). */
export function startAgain(schedule: RetrySchedule): Cell<StartVerdict> {
  return { verdict: { outcome: "again", schedule, ambiguous: true } };
}

/** The same start once more, since not one byte of it has left. */
export function startAgainUnsent(schedule: RetrySchedule): Cell<StartVerdict> {
  return { verdict: { outcome: "again", schedule, ambiguous: false } };
}

/** Start was certainly not executed and may be sent later. */
export function startWait(schedule: RetrySchedule, triesMax?: number): Cell<StartVerdict> {
  return { verdict: { outcome: "wait", schedule, ...(triesMax === undefined ? {} : { triesMax }) } };
}

/** The same cell, and a person must look. */
export function withAlarm<Verdict>(cell: Cell<Verdict>): Cell<Verdict> {
  return { ...cell, alarm: true };
}

/** The same cell under a reason of its own. */
export function withReason<Verdict>(cell: Cell<Verdict>, reason: CallReason): Cell<Verdict> {
  return { ...cell, reason };
}
