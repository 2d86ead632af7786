import { applyEffect } from "./apply-effect.ts";
import type { StepContext, Told } from "./attempt-step.ts";
import { keep } from "./attempt-step.ts";
import { attemptTable } from "./attempt-table.ts";
import type { Row } from "./attempt-table.ts";
import type { Attempt, PendingFact } from "./channel-record.ts";
import type { Input } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { changeSlot, isOpen, put } from "./draft.ts";
import { newAttempt } from "./new-attempt.ts";
import { unblock } from "./restart-limits.ts";
import { resourceStartCutoffMs } from "./waits.ts";

/** Applies what somebody without the lease has left: to the attempt that it is about, or as a recorder nobody knew of. */
export function applyFact(draft: Draft, fact: PendingFact): void {
  if (fact.kind === "retry") {
    unblock(draft, fact.slot);
    changeSlot(draft, fact.slot, { backoffStep: 0, nextClaimAtMs: 0 });
    return;
  }
  const { kind } = fact;
  const attempt = attemptOf(draft, { ...fact, kind });
  const told: Told = {
    sentAtMs: fact.atMs,
    answeredAtMs: fact.atMs,
    detail: fact.kind === "storageError" ? storageDetail(fact) : `fact ${fact.kind}`,
    alarm: false,
    ...(fact.sid === undefined ? {} : { sid: fact.sid }),
    ...(fact.newUid === undefined ? {} : { newUid: fact.newUid }),
  };
  if (attempt !== undefined) applyRow(draft, `fact.${fact.kind}`, { attempt, told });
  else if (fact.kind === "sid" || fact.kind === "stopAccepted") upsert(draft, fact, told);
}

/** In Agora's numbers, with their meaning. @see R 7.3 */
function storageDetail({ errorCode }: PendingFact): string {
  const meaning: Readonly<Record<number, string>> = {
    32: "the storage configuration is wrong",
    47: "an upload failed",
    51: "files could not be processed",
  };
  return `uploader error ${errorCode ?? "-"}: ${meaning[errorCode ?? 0] ?? "files do not arrive"}`;
}

interface AttemptFact extends PendingFact {
  readonly kind: Exclude<PendingFact["kind"], "retry">;
}

/** Whose fact it is: the number may have been given anew after a loss, so the resource or the sid decides. */
function attemptOf(draft: Draft, fact: AttemptFact): Attempt | undefined {
  const attempts = [...draft.attempts.values()];
  switch (fact.kind) {
    case "sid":
    case "stopAccepted":
      return attempts.find((attempt) => attempt.resourceId !== undefined && attempt.resourceId === fact.resourceId);
    case "rotate":
      return draft.attempts.get(fact.n);
    case "exitSaid":
    case "idleSaid":
    case "storageError":
      // Only what names its sid is certainly about the recorder that the row means.
      return attempts.find((attempt) => attempt.sid !== undefined && attempt.sid === fact.sid);
    case "newUid": {
      const attempt = draft.attempts.get(fact.n);
      const isForeign = fact.sid !== undefined && attempt?.sid !== undefined && attempt.sid !== fact.sid;
      return isForeign ? undefined : attempt;
    }
    case "candidateSid": {
      const isTaken = attempts.some((attempt) => attempt.sid !== undefined && attempt.sid === fact.sid);
      return isTaken ? undefined : draft.attempts.get(fact.n);
    }
  }
}

/** A recorder that really runs but has no row gets one: surplus, looked at now, so that P6 uses it or P1 and P3 stop it. */
function upsert(draft: Draft, fact: PendingFact, told: Told): void {
  if (fact.sid === undefined || fact.resourceId === undefined) return;
  const { nowMs, rule, durations } = draft.context;
  const n = draft.attempts.has(fact.n) ? Math.max(...draft.attempts.keys()) + 1 : fact.n;
  const claimed = newAttempt({
    n,
    slot: fact.slot,
    session: fact.session,
    k: 0,
    uid: fact.uid,
    mode: fact.mode,
    ruleHash: rule?.hash ?? "",
    maxIdleMs: rule?.maxIdleMs ?? durations.maxIdleMs,
    coverAfterMs: rule?.coverAfterMs ?? durations.coverAfterStandardMs,
    claimedAtMs: nowMs,
    tokenSalt: 0,
    tokenLifeS: rule?.tokenLifeS ?? 0,
  });
  const { resourceId, sid } = fact;
  const row: Attempt = { ...claimed, st: "LIVE", resourceId, sid, startSends: 1, liveAtMs: nowMs, journaled: true };
  put(draft, row);
  if (fact.kind === "stopAccepted") applyRow(draft, "fact.stopAccepted", { attempt: row, told });
}

/** Applies what the caller's own call was told; false when it changed nothing. */
export function applyInput(draft: Draft, input: Input): boolean {
  if (input.kind === "look") return true;
  const attempt = draft.attempts.get(input.n);
  if (attempt === undefined) return false;
  switch (input.kind) {
    case "journalRefused":
      return applyRow(draft, "journal.refused", { attempt, told: { ...silent(draft), send: input.send } });
    case "postponed": {
      const { retryInMs, send, cause } = input;
      const unsent = send === undefined ? {} : { send };
      const why = cause === undefined ? {} : { waitCause: cause };
      return applyRow(draft, "postponed", { attempt, told: { ...silent(draft), retryInMs, ...unsent, ...why } });
    }
    case "acquire":
      return applyRow(draft, `acquire.${input.answer.outcome}`, { attempt, told: told(input) });
    case "start":
      if (input.resourceId !== attempt.resourceId) return false;
      return applyRow(draft, `start.${input.answer.outcome}`, { attempt, told: { ...told(input), send: input.send } });
    case "query":
      if (input.sid !== askedSid(attempt)) return false;
      return applyRow(draft, `query.${input.answer.outcome}`, { attempt, told: told(input) });
    case "stop":
      if (input.sid !== attempt.sid) return false;
      return applyRow(draft, `stop.${input.answer.outcome}`, { attempt, told: told(input) });
  }
}

/** The sid that a query of this attempt names now; an answer about another one says nothing about it. */
function askedSid(attempt: Attempt): string | undefined {
  return attempt.st === "GHOST" || attempt.st === "DOUBT" ? attempt.candidateSid : attempt.sid;
}

type AnsweredInput = Extract<Input, { readonly kind: "acquire" | "start" | "query" | "stop" }>;

function told(input: AnsweredInput): Told {
  const { answer, sentAtMs, answeredAtMs } = input;
  const status =
    answer.httpStatus === undefined ? answer.reason : `${String(answer.httpStatus)}/${String(answer.code ?? "-")}`;
  const detail = `${input.kind} ${answer.outcome} (${status}${answer.message === undefined ? "" : `: ${answer.message}`})`;
  return { ...answer, sentAtMs, answeredAtMs, detail };
}

function silent(draft: Draft): Told {
  return { sentAtMs: draft.context.nowMs, answeredAtMs: draft.context.nowMs, detail: "", alarm: false };
}

function applyRow(draft: Draft, row: Row, on: { readonly attempt: Attempt; readonly told: Told }): boolean {
  draft.context.onCell?.(row, on.attempt.st);
  const cell = attemptTable[row][on.attempt.st];
  const { attempt, effects } = cell(on.attempt, on.told, stepContext(draft, on.attempt));
  put(draft, attempt);
  for (const effect of effects) applyEffect(draft, attempt, effect, on.told.detail);
  return cell !== keep;
}

function stepContext(draft: Draft, attempt: Attempt): StepContext {
  const { nowMs, durations } = draft.context;
  const seen = draft.view.reservedUids.get(attempt.uid);
  return { nowMs, durations, wantOn: draft.want.on, uidClash: seen?.online ?? false };
}

/** What the view itself says about attempts: a doubt whose uid is in the channel runs; a rule nobody knows cannot start. */
export function applyHints(draft: Draft): void {
  const { context, view } = draft;
  const cutoffMs = resourceStartCutoffMs(context.durations);
  for (const attempt of draft.attempts.values()) {
    if (!isOpen(attempt)) applyReturn(draft, attempt);
    if (!isOpen(attempt) || context.inFlight.has(attempt.n)) continue;
    if (view.reservedUids.get(attempt.uid)?.online === true) applyHint(draft, "hint.ownUidJoined", attempt.n);
    if (!context.knowsRule(attempt.ruleHash)) applyHint(draft, "rule.unknown", attempt.n);
    const tooOld = attempt.dueAtMs <= context.nowMs && context.nowMs >= (attempt.acquireSentAtMs ?? 0) + cutoffMs;
    if (tooOld) applyHint(draft, "start.newResource", attempt.n);
  }
}

/** A uid of a closed attempt is in the channel: only a join from after the close says that its recorder has run since. */
function applyReturn(draft: Draft, attempt: Attempt): void {
  const { closedAtMs = Infinity, knownUids, orphanSeenAtMs, startSends } = attempt;
  // What was never started is somebody else with that uid: the attempt was closed for it.
  if (orphanSeenAtMs !== undefined || startSends === 0) return;
  const seen = draft.view.reservedUids;
  const uid = knownUids.find((each) => (seen.get(each)?.joinedAtMs ?? 0) > closedAtMs);
  if (uid === undefined) return;
  const told = { ...silent(draft), detail: `uid ${uid} joined after attempt ${attempt.n} was closed` };
  applyRow(draft, "hint.ownUidJoined", { attempt, told });
}

/** Each hint meets the attempt as the hint before it has left it. */
function applyHint(draft: Draft, row: "hint.ownUidJoined" | "rule.unknown" | "start.newResource", n: number): void {
  const attempt = draft.attempts.get(n);
  if (attempt !== undefined) applyRow(draft, row, { attempt, told: silent(draft) });
}
