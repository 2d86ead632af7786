import type { SlotName } from "@autorec/events";
import type { Attempt } from "./channel-record.ts";
import { closed, givenUp, stopping } from "./attempt-moves.ts";
import type { Draft } from "./draft.ts";
import { changeSlot, isRecording, put, slotAttempts } from "./draft.ts";
import { claimAtMs, mayClaim } from "./may-claim.ts";
import { newAttempt } from "./new-attempt.ts";
import { recorderUid } from "./recorder-uid.ts";
import { startsHeld } from "./control.ts";
import { clearResponsible, unblock, withoutBlock } from "./restart-limits.ts";
import { gaveWay, lastWaitAtMs, plannedRotationAtMs } from "./rotation.ts";
import type { Rule } from "./rule.ts";
import { ghostHorizonMs } from "./waits.ts";

/** The rules P1–P8 of SPEC.md, in their order, for one slot. P4 is an effect of the row that brought the answer. */
export function applySlotRules(draft: Draft, slot: SlotName): void {
  const { control, rule } = draft.context;
  if (control === "handsOff") {
    // Nothing may be sent, and STOPPING could not be taken back: only who answers for the slot is kept true.
    dismissUnfit(draft, slot);
    if (draft.want.on) promoteSurplus(draft, slot);
    return;
  }
  if (!draft.want.on) {
    endAll(draft, slot);
  } else if (rule !== undefined && !rule.slots.includes(slot)) {
    retireSlot(draft, slot);
  } else {
    if (control === "holdStarts") giveUpStarts(draft, slot);
    reapDead(draft, slot);
    retireSurplus(draft, slot);
    giveWay(draft, slot);
    dismissUnfit(draft, slot);
    promoteSurplus(draft, slot);
    if (rule !== undefined && control === "run") claimNext(draft, slot, rule);
  }
  closeVanished(draft, slot);
}

/** P1: nothing is wanted here any more. */
function endAll(draft: Draft, slot: SlotName): void {
  for (const attempt of slotAttempts(draft, slot)) put(draft, ended(draft, attempt, "not_wanted"));
  if (draft.slots[slot].resp !== 0) changeSlot(draft, slot, { resp: 0 });
}

/** Starts are held: what was on its way to a start ends as if it were not wanted, whoever is running goes on. */
function giveUpStarts(draft: Draft, slot: SlotName): void {
  for (const attempt of slotAttempts(draft, slot)) {
    if (attempt.st !== "CLAIMED" && attempt.st !== "READY") continue;
    put(draft, ended(draft, attempt, startsHeld));
  }
}

/** What becomes of an attempt that is no longer wanted: only what nobody can have started may simply close. */
function ended(draft: Draft, attempt: Attempt, cause: string): Attempt {
  const { nowMs } = draft.context;
  switch (attempt.st) {
    case "CLAIMED":
      return closed(attempt, nowMs, cause);
    case "READY":
      return givenUp(attempt, nowMs, cause);
    case "LIVE":
    case "CONF":
      return stopping(attempt, nowMs, cause);
    case "GHOST":
    case "DOUBT":
    case "STOPPING":
    case "CLOSED":
      return attempt;
  }
}

/** P2: two spaced 404s mean that capture must be elsewhere; the recorder may still come back, so it is reaped. */
function reapDead(draft: Draft, slot: SlotName): void {
  for (const attempt of slotAttempts(draft, slot)) {
    if (!isRecording(attempt) || attempt.n404 < 2) continue;
    put(draft, stopping(attempt, draft.context.nowMs, "not_found"));
  }
}

/** P1 of one slot: the rule asks for fewer recorders, so those of this slot are surplus beside the first one's. */
function retireSlot(draft: Draft, slot: SlotName): void {
  if (draft.slots[slot].resp !== 0) changeSlot(draft, slot, { resp: 0, nextClaimAtMs: 0 });
  reapDead(draft, slot);
  for (const attempt of slotAttempts(draft, slot)) {
    if (!isRecording(attempt)) put(draft, ended(draft, attempt, "not_wanted"));
  }
  retireBeside(draft, draft.slots.primary.resp, slotAttempts(draft, slot));
}

/** P3: a confirmed responsible attempt ends its surplus, but never on old evidence that it is alive itself. */
function retireSurplus(draft: Draft, slot: SlotName): void {
  const { resp } = draft.slots[slot];
  retireBeside(
    draft,
    resp,
    slotAttempts(draft, slot).filter((attempt) => attempt.n !== resp),
  );
}

function retireBeside(draft: Draft, resp: number, surplus: readonly Attempt[]): void {
  const responsible = draft.attempts.get(resp);
  if (responsible?.st !== "CONF" || responsible.n404 > 0 || responsible.rotating || responsible.controlLost) return;
  const { nowMs, durations } = draft.context;
  for (const attempt of surplus) {
    if (attempt.st === "GHOST") {
      const { adoptUntilMs: _, ...rest } = attempt;
      put(draft, rest);
    } else if (!isRecording(attempt)) {
      put(draft, ended(draft, attempt, "surplus"));
    } else if (nowMs - (responsible.lastAliveAtMs ?? 0) <= durations.freshMs) {
      put(draft, stopping(attempt, nowMs, attempt.rotating ? "rotated" : "surplus"));
    } else if (nowMs - (responsible.lastQuerySentAtMs ?? 0) > durations.freshMs) {
      // Asked and not answered is asked: its own retry step comes next, else the query would repeat at once for ever.
      put(draft, { ...responsible, dueAtMs: Math.min(responsible.dueAtMs, nowMs) });
    }
  }
}

/**
 * P3 without a worker: a successor that gets none can only have the one of the recorder that it replaces, and a short gap now
 * is better than the long one after its end. Whatever else keeps the successor waiting, a stop would not give it.
 */
function giveWay(draft: Draft, slot: SlotName): void {
  const { durations, nowMs, rule } = draft.context;
  const successor = draft.attempts.get(draft.slots[slot].resp);
  if (rule === undefined || successor?.st !== "CLAIMED" || successor.waitingFor !== "quota_workers") return;
  for (const attempt of slotAttempts(draft, slot)) {
    if (!attempt.rotating || !isRecording(attempt) || nowMs < lastWaitAtMs(attempt, rule, durations)) continue;
    put(draft, stopping(attempt, nowMs, gaveWay));
  }
}

/** P5: who can no longer answer for the slot is dismissed; a 404 that lasts comes as the effect `cover` of its row. */
function dismissUnfit(draft: Draft, slot: SlotName): void {
  const { resp } = draft.slots[slot];
  if (resp === 0) return;
  const responsible = draft.attempts.get(resp);
  if (responsible !== undefined && !isUnfit(responsible, draft.context.nowMs)) return;
  // A uid that a stranger holds, a start that an operator held and a successor that was planned are no failures: no storm guard.
  const isBlameless = responsible?.cause === "uid_clash" || responsible?.cause === startsHeld || isPlanned(responsible);
  clearResponsible(draft, slot, { backoff: !isBlameless });
}

function isUnfit(attempt: Attempt, nowMs: number): boolean {
  switch (attempt.st) {
    case "DOUBT":
    case "STOPPING":
    case "CLOSED":
      return true;
    case "GHOST":
      return attempt.adoptUntilMs === undefined || attempt.adoptUntilMs <= nowMs;
    case "CLAIMED":
    case "READY":
    case "LIVE":
    case "CONF":
      return attempt.controlLost || attempt.rotating;
  }
}

/** A recorder that does well, and is replaced all the same. */
function isPlanned(attempt: Attempt | undefined): boolean {
  if (attempt === undefined) return false;
  return attempt.rotating && isRecording(attempt) && attempt.n404 === 0 && !attempt.controlLost;
}

/** P6: a recorder that lives and answers is better than a new one. */
function promoteSurplus(draft: Draft, slot: SlotName): void {
  if (draft.slots[slot].resp !== 0) return;
  const fit = slotAttempts(draft, slot).filter((a) => isRecording(a) && a.n404 === 0 && !a.rotating && !a.controlLost);
  const chosen = fit.find((attempt) => attempt.st === "CONF") ?? fit[0];
  if (chosen === undefined) return;
  changeSlot(draft, slot, { resp: chosen.n, nextClaimAtMs: 0 });
  put(draft, { ...chosen, dueAtMs: Math.min(chosen.dueAtMs, draft.context.nowMs) });
}

/** P7: nobody answers for the slot and nothing forbids it: the next attempt, with the next uid. */
function claimNext(draft: Draft, slot: SlotName, rule: Rule): void {
  const { context } = draft;
  const before = draft.slots[slot];
  const unblocked = before.blockedRuleHash !== undefined && before.blockedRuleHash !== rule.hash;
  const state = unblocked ? unblock(draft, slot) : before;
  if (state.resp !== 0 || !mayClaim(draft, slot) || context.nowMs < claimAtMs(draft, slot)) return;

  const attempt = claim(draft, slot, rule);
  put(draft, attempt);
  const replaces = state.nextClaimAtMs > 0;
  const { claimBackoffMs } = context.durations;
  draft.slots[slot] = withoutBlock(state);
  changeSlot(draft, slot, {
    resp: attempt.n,
    nextK: attempt.k + 1,
    backoffStep: replaces ? Math.min(state.backoffStep + 1, claimBackoffMs.length - 1) : state.backoffStep,
    nextClaimAtMs: 0,
  });
  if (slotAttempts(draft, slot).length >= 4) {
    draft.alarms.push({ alarm: "four_open_attempts", n: attempt.n, detail: `slot ${slot} has four open attempts` });
  }
}

function claim(draft: Draft, slot: SlotName, rule: Rule): Attempt {
  const { context, view } = draft;
  const seed = { deploymentId: context.deploymentId, ...view.record };
  let { nextK: k } = draft.slots[slot];
  let uid = recorderUid(seed, slot, k);
  const taken = new Set([...draft.attempts.values()].flatMap((attempt) => attempt.knownUids));
  while (view.reservedUids.has(uid) || taken.has(uid)) {
    k += 1;
    uid = recorderUid(seed, slot, k);
  }
  const { durations, nowMs } = context;
  const { coverAfterMs, hash, maxIdleMs, mode, rotateAfterMs, tokenLifeS } = rule;
  const claimed = newAttempt({
    n: Math.max(0, ...draft.attempts.keys()) + 1,
    slot,
    session: draft.want.sessionId ?? "",
    k,
    uid,
    mode,
    ruleHash: hash,
    maxIdleMs,
    coverAfterMs,
    claimedAtMs: nowMs,
    tokenSalt: context.entropy,
    tokenLifeS,
  });
  return { ...claimed, rotateAtMs: plannedRotationAtMs(nowMs, uid, { rotateAfterMs, durations }) };
}

/** P8: nobody can ask a ghost or a doubt; it is gone when even the last start would have idled out. */
function closeVanished(draft: Draft, slot: SlotName): void {
  const { nowMs } = draft.context;
  for (const attempt of slotAttempts(draft, slot)) {
    if (attempt.st !== "GHOST" && attempt.st !== "DOUBT") continue;
    const goneAtMs = vanishedAtMs(draft, attempt);
    if (goneAtMs !== undefined && nowMs >= goneAtMs) put(draft, closed(attempt, nowMs, "assumed_idle_exit"));
  }
}

/** When P8 may close the attempt; absent while somebody could still keep its recorder in the channel. */
export function vanishedAtMs(draft: Draft, attempt: Attempt): number | undefined {
  if (draft.want.on || draft.occupancy.occupied) return undefined;
  const emptySinceMs = draft.occupancy.emptySinceMs ?? attempt.claimedAtMs;
  const lastStartMs = Math.max(emptySinceMs, attempt.resourceDeadAtMs ?? 0);
  return lastStartMs + ghostHorizonMs(attempt.maxIdleMs, draft.context.durations);
}
