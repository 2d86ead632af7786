import { slotNames } from "@autorec/events";
import type { SlotName } from "@autorec/events";
import { applyEffect } from "./apply-effect.ts";
import type { Attempt, ChannelView, PendingFact } from "./channel-record.ts";
import { keep } from "./attempt-step.ts";
import type { StepContext, Told } from "./attempt-step.ts";
import { attemptTable } from "./attempt-table.ts";
import type { Row } from "./attempt-table.ts";
import type { DecideContext, Decision, Input } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { changeSlot, closeDraft, isOpen, isRecording, openDraft, put } from "./draft.ts";
import { doubtOf } from "./doubt.ts";
import { dueCalls } from "./due-calls.ts";
import { lifecycleFacts } from "./lifecycle-facts.ts";
import { liftLoopBlock, settleBackoff, unblock } from "./restart-limits.ts";
import { markRotations, rotationAtMs } from "./rotation.ts";
import { applySlotRules, claimAtMs, isUndecided, mayClaim } from "./slot-rules.ts";
import { occupancyOf } from "./occupancy.ts";
import { decideWant } from "./want.ts";
import { resourceStartCutoffMs } from "./waits.ts";

/** Closed attempts, used uids and leaves are remembered this long: the longest event replay that may still act. */
export const tombstoneMs = 86_400_000;

/**
 * Moves one channel one step towards what should be true: applies what has become known, then the rules, and says which
 * calls are due. Pure and total: any input in any state has one result, mostly none. The caller commits `record` before it
 * sends any of `calls`.
 */
export function decide(view: ChannelView, input: Input, context: DecideContext): Decision {
  const want = decideWant(view, context);
  const occupancy = occupancyOf(view.presence, context.rule);
  const draft = openDraft(view, context, { want, occupancy, doubt: doubtOf(view, occupancy, context) });
  turnSession(draft);
  settleBackoff(draft);
  for (const fact of view.facts) applyFact(draft, fact);
  const noop = !applyInput(draft, input);
  applyHints(draft);
  markRotations(draft, (slot) => mayRotate(draft, slot));
  for (const slot of slotNames) applySlotRules(draft, slot);
  const calls = dueCalls(draft);
  forget(draft);
  const record = closeDraft(draft);
  return {
    record,
    calls,
    lifecycle: lifecycleFacts(view.record, record, context.nowMs),
    alarms: draft.alarms,
    marks: draft.marks,
    dueAtMs: nextDueAtMs(draft, new Set(calls.map((call) => call.n))),
    noop,
  };
}

/** Opens a session when capture goes on and closes it when it goes off; attempts outlive sessions. */
function turnSession(draft: Draft): void {
  const { want: before } = draft.view.record;
  const { nowMs } = draft.context;
  if (before.on && before.sessionId !== undefined && before.sessionId !== draft.want.sessionId) {
    const session = draft.sessions.get(before.sessionId);
    if (session !== undefined) draft.sessions.set(session.id, { ...session, closedAtMs: nowMs });
  }
  if (draft.want.on && draft.want.sessionId !== undefined && !draft.sessions.has(draft.want.sessionId)) {
    const id = draft.want.sessionId;
    draft.sessions.set(id, { id, openedAtMs: nowMs, cause: draft.want.cause });
    // A new stretch of occupation owes nothing to the failures of the last one.
    for (const slot of slotNames) {
      changeSlot(draft, slot, { backoffStep: 0, nextClaimAtMs: 0 });
      liftLoopBlock(draft, slot);
    }
  }
}

function applyFact(draft: Draft, fact: PendingFact): void {
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
  const row: Attempt = {
    n,
    slot: fact.slot,
    session: fact.session,
    k: 0,
    uid: fact.uid,
    mode: fact.mode,
    ruleHash: rule?.hash ?? "",
    maxIdleMs: rule?.maxIdleMs ?? durations.maxIdleMs,
    coverAfterMs: rule?.coverAfterMs ?? durations.coverAfterStandardMs,
    st: "LIVE",
    claimedAtMs: nowMs,
    resourceId: fact.resourceId,
    sid: fact.sid,
    startSends: 1,
    ambiguous: false,
    retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 },
    tokenIssuedAtS: Math.floor(nowMs / 1_000),
    tokenSalt: 0,
    tokenLifeS: rule?.tokenLifeS ?? 0,
    knownUids: [fact.uid],
    liveAtMs: nowMs,
    controlErrorsAtMs: [],
    everStatus5: false,
    n404: 0,
    journaled: true,
    controlLost: false,
    rotating: false,
    dueAtMs: nowMs,
    tries: 0,
  };
  put(draft, row);
  if (fact.kind === "stopAccepted") applyRow(draft, "fact.stopAccepted", { attempt: row, told });
}

/** Applies what the caller's own call was told; false when it changed nothing. */
function applyInput(draft: Draft, input: Input): boolean {
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
function applyHints(draft: Draft): void {
  const { context, view } = draft;
  const cutoffMs = resourceStartCutoffMs(context.durations);
  for (const attempt of draft.attempts.values()) {
    if (!isOpen(attempt) || context.inFlight.has(attempt.n)) continue;
    if (view.reservedUids.get(attempt.uid)?.online === true) applyHint(draft, "hint.ownUidJoined", attempt.n);
    if (!context.knowsRule(attempt.ruleHash)) applyHint(draft, "rule.unknown", attempt.n);
    const tooOld = attempt.dueAtMs <= context.nowMs && context.nowMs >= (attempt.acquireSentAtMs ?? 0) + cutoffMs;
    if (tooOld) applyHint(draft, "start.newResource", attempt.n);
  }
}

/** Each hint meets the attempt as the hint before it has left it. */
function applyHint(draft: Draft, row: "hint.ownUidJoined" | "rule.unknown" | "start.newResource", n: number): void {
  const attempt = draft.attempts.get(n);
  if (attempt !== undefined) applyRow(draft, row, { attempt, told: silent(draft) });
}

/** Drops what no replay can ask for any more; the newest attempt stays, so that numbers only grow. */
function forget(draft: Draft): void {
  const before = draft.context.nowMs - tombstoneMs;
  const newest = Math.max(0, ...draft.attempts.keys());
  const used = new Set([draft.want.sessionId]);
  for (const attempt of draft.attempts.values()) {
    if (attempt.n !== newest && attempt.closedAtMs !== undefined && attempt.closedAtMs < before)
      draft.attempts.delete(attempt.n);
    else used.add(attempt.session);
  }
  for (const session of draft.sessions.values()) {
    if (!used.has(session.id) && (session.closedAtMs ?? draft.context.nowMs) < before)
      draft.sessions.delete(session.id);
  }
}

/** The earliest time at which anything of this channel is due; `called` are about to be under way. */
function nextDueAtMs(draft: Draft, called: ReadonlySet<number>): number | undefined {
  const { context, want } = draft;
  const times = [...draft.attempts.values()]
    .filter((attempt) => isOpen(attempt) && !called.has(attempt.n) && !context.inFlight.has(attempt.n))
    .map((attempt) => attempt.dueAtMs);
  if (want.on) times.push(...wantedTimesMs(draft), ...rotationTimesMs(draft));
  else if (draft.doubt?.nextProbeAtMs !== undefined) times.push(draft.doubt.nextProbeAtMs);
  // Whoever knows the rule may have announced it already, and would not hear of this channel again.
  const isForeign = !want.on && context.rule === undefined && context.otherRulesAlive && context.control === "run";
  if (isForeign && draft.occupancy.occupied) times.push(context.nowMs + context.durations.quotaRetryMs);
  // What is due while hands are off stays due for whoever may act on it again; until then a look now and then is enough.
  if (times.length > 0 && context.control === "handsOff") return context.nowMs + context.durations.openLookMs;
  if (times.length > 0) return Math.min(...times);
  // Nothing is open: the channel is looked at once more when its tombstones have expired, to be collected.
  return context.nowMs + tombstoneMs;
}

/** When the grace ends and when a slot that nobody answers for may claim. */
function wantedTimesMs(draft: Draft): readonly number[] {
  const { context, want, slots } = draft;
  if (context.rule === undefined) {
    // Only a process that knows the rule can end the grace or claim: the channel is handed on to one.
    const isStuck = want.graceUntilMs !== undefined || slotNames.every((slot) => slots[slot].resp === 0);
    return [context.nowMs + (isStuck ? context.durations.quotaRetryMs : context.durations.openLookMs)];
  }
  const unanswered = context.rule.slots.filter((slot) => slots[slot].resp === 0 && mayClaim(draft, slot));
  // Held starts are looked at now and then: whoever lifts the switch makes the channel due.
  const isHeld = context.control !== "run";
  const claims = unanswered.map((slot) =>
    isHeld ? context.nowMs + context.durations.openLookMs : claimAtMs(draft, slot),
  );
  // What is marked, or what a try has shown, is decided upon in the next look.
  if (isUndecided(draft)) claims.push(context.nowMs + context.durations.tickMs);
  return want.graceUntilMs === undefined ? claims : [want.graceUntilMs, ...claims];
}

/** When recorders that are not yet being replaced have to be. */
function rotationTimesMs(draft: Draft): readonly number[] {
  const { durations, rule } = draft.context;
  if (rule === undefined) return [];
  return [...draft.attempts.values()]
    .filter((attempt) => isRecording(attempt) && !attempt.rotating && mayRotate(draft, attempt.slot))
    .map((attempt) => rotationAtMs(attempt, rule, durations));
}

/** Whether a successor could be claimed at all: else the recorder that is there is all there is. */
function mayRotate(draft: Draft, slot: SlotName): boolean {
  const { control, rule } = draft.context;
  const isAsked = draft.want.on && control === "run" && rule?.slots.includes(slot) === true;
  return isAsked && draft.want.cause !== "probe" && mayClaim(draft, slot);
}
