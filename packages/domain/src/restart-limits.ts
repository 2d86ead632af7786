import { slotNames } from "@autorec/events";
import type { SlotName } from "@autorec/events";
import type { Attempt, Slot } from "./channel-record.ts";
import type { Alarm, DecideContext } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { changeSlot } from "./draft.ts";
import { stepMs } from "./waits.ts";

/** So many recorders in a row that died early are no accident: the next ones are tried at a low rate. */
const earlyDeathsMax = 5;

/**
 * The slot has lost the attempt that answered for it. `backoff`: by a failure, so the next claim waits as the storm guard says,
 * or longer when recorders keep dying early. A blocked slot still tries, for as long as somebody is there to be recorded.
 */
export function clearResponsible(draft: Draft, slot: SlotName, options: { readonly backoff: boolean }): void {
  const { backoffStep } = draft.slots[slot];
  const { durations, nowMs } = draft.context;
  const responsible = draft.attempts.get(draft.slots[slot].resp);
  const nextClaimAtMs = options.backoff ? nowMs + stepMs(durations.claimBackoffMs, backoffStep) : 0;
  changeSlot(draft, slot, { resp: 0, nextClaimAtMs });
  if (responsible === undefined || !options.backoff) return;
  warnOfUnconfirmed(draft, responsible);
  limitRestarts(draft, responsible);
}

/** Three starts in a row that ran and died before anybody saw them record: mostly a wrong certificate or storage. */
function warnOfUnconfirmed(draft: Draft, last: Attempt): void {
  const recent = [...draft.attempts.values()]
    .filter((a) => a.slot === last.slot && a.n <= last.n)
    .sort((a, b) => b.n - a.n);
  const died = recent.slice(0, 3).filter((a) => a.liveAtMs !== undefined && a.confAtMs === undefined);
  if (died.length < 3) return;
  const detail =
    "three starts in a row were accepted and died unconfirmed: check App Certificate, storage and transcoding";
  draft.alarms.push({ alarm: "starts_die_unconfirmed", n: last.n, detail });
}

/** The crash-loop breaker: counts early deaths, and blocks the slot when they, or files that cannot be stored, go on. */
function limitRestarts(draft: Draft, died: Attempt): void {
  if (!hasDiedEarly(died, draft.context)) {
    if (hasStorageError(died, draft.context)) blockForLoop(draft, died, "storage_error");
    return;
  }
  const earlyDeaths = (draft.slots[died.slot].earlyDeaths ?? 0) + 1;
  changeSlot(draft, died.slot, { earlyDeaths });
  if (died.storageErrorAtMs !== undefined) blockForLoop(draft, died, "storage_error");
  else if (earlyDeaths >= earlyDeathsMax) blockForLoop(draft, died, "crash_loop");
}

/** It was accepted, and ended before it had recorded for a while; a ghost or a doubt has not ended. */
function hasDiedEarly({ confAtMs, liveAtMs, st }: Attempt, { durations, nowMs }: DecideContext): boolean {
  if (liveAtMs === undefined || st === "GHOST" || st === "DOUBT") return false;
  return confAtMs === undefined || nowMs - confAtMs < durations.backoffResetMs;
}

/** An old error has nothing to do with this end: the recorder has gone on after it. */
function hasStorageError({ storageErrorAtMs, st }: Attempt, { durations, nowMs }: DecideContext): boolean {
  if (storageErrorAtMs === undefined || st === "GHOST" || st === "DOUBT") return false;
  return nowMs - storageErrorAtMs < durations.backoffResetMs;
}

type LoopCause = "crash_loop" | "storage_error";
const loopCauses: ReadonlySet<string | undefined> = new Set<LoopCause>(["crash_loop", "storage_error"]);

function blockForLoop(draft: Draft, died: Attempt, cause: LoopCause): void {
  const { durations, nowMs } = draft.context;
  const { blockedUntilMs = 0, loopBlocks = 0 } = draft.slots[died.slot];
  const untilMs = nowMs + stepMs(durations.crashLoopRetryMs, loopBlocks);
  changeSlot(draft, died.slot, { loopBlocks: loopBlocks + 1 });
  if (untilMs <= blockedUntilMs) return;
  changeSlot(draft, died.slot, {
    blockedUntilMs: untilMs,
    blockedCause: cause,
    blockedRuleHash: died.ruleHash,
  });
  // Once: the retries that follow say nothing new. That files are not stored has been said when it was heard.
  if (loopBlocks > 0 || cause === "storage_error") return;
  const detail = `${earlyDeathsMax} recorders in a row were accepted and died early: the next ones are started at a low rate`;
  draft.alarms.push({ alarm: "crash_loop", n: died.n, detail });
}

/** The request itself is refused: another attempt would be refused too. */
export function blockRefused(draft: Draft, attempt: Attempt, cause: string): void {
  changeSlot(draft, attempt.slot, {
    blockedUntilMs: draft.context.nowMs + draft.context.durations.blockedRetryMs,
    blockedCause: cause,
    blockedRuleHash: attempt.ruleHash,
  });
  draft.alarms.push({ alarm: "slot_blocked", n: attempt.n, detail: cause });
}

/** Files of a recorder do not arrive: a person hears of it once, however often the slot is tried again. */
export function warnOfStorage(draft: Draft, attempt: Attempt, detail: string): void {
  if ((draft.slots[attempt.slot].loopBlocks ?? 0) > 0) return;
  const alarm: Alarm = { alarm: "storage_error", n: attempt.n, detail };
  draft.alarms.push(alarm);
}

/** A new conversation is tried at once, whatever became of the last one; one early death more blocks again. */
export function liftLoopBlock(draft: Draft, slot: SlotName): void {
  if (loopCauses.has(draft.slots[slot].blockedCause)) draft.slots[slot] = withoutBlock(draft.slots[slot]);
}

/** Another rule, or an operator: nothing that was learned about the old one counts any more. */
export function unblock(draft: Draft, slot: SlotName): Slot {
  const { earlyDeaths: _, loopBlocks: __, ...rest } = withoutBlock(draft.slots[slot]);
  draft.slots[slot] = rest;
  return rest;
}

/** The slot may claim as far as the block is concerned; what was counted stays. */
export function withoutBlock(slot: Slot): Slot {
  const { blockedUntilMs: _, blockedCause: __, blockedRuleHash: ___, ...rest } = slot;
  return rest;
}

/** A recorder that has lived long enough ends the storm guard and the loop, even if what is told next is its end. */
export function settleBackoff(draft: Draft): void {
  for (const name of slotNames) {
    const slot = draft.slots[name];
    const responsible = draft.attempts.get(slot.resp);
    if (responsible?.st !== "CONF" || responsible.confAtMs === undefined) continue;
    if (draft.context.nowMs - responsible.confAtMs < draft.context.durations.backoffResetMs) continue;
    const { earlyDeaths = 0, loopBlocks: _, ...rest } = slot;
    // Files that still do not arrive keep what was counted, or the alarm would come again with the next recorder.
    if (responsible.storageErrorAtMs !== undefined) continue;
    if (slot.backoffStep > 0 || earlyDeaths > 0 || slot.loopBlocks !== undefined) {
      draft.slots[name] = { ...rest, backoffStep: 0 };
    }
  }
}
