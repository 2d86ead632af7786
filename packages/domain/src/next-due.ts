import { slotNames } from "@autorec/events";
import type { Call } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { isOpen, isRecording } from "./draft.ts";
import { claimAtMs, isUndecided, mayClaim, mayRotate } from "./may-claim.ts";
import { lastWaitAtMs, rotationAtMs } from "./rotation.ts";
import { tombstoneMs } from "./waits.ts";

/** The earliest time at which anything of this channel is due; `calls` are about to be under way. */
export function nextDueAtMs(draft: Draft, calls: readonly Call[]): number | undefined {
  const { context, want } = draft;
  const times: number[] = [];
  for (const attempt of draft.attempts.values()) {
    const isCalled = context.inFlight.has(attempt.n) || calls.some((call) => call.n === attempt.n);
    if (isOpen(attempt) && !isCalled) times.push(attempt.dueAtMs);
  }
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

/** When recorders that are not yet being replaced have to be, and until when those that are may wait for a worker. */
function rotationTimesMs(draft: Draft): readonly number[] {
  const { durations, nowMs, rule } = draft.context;
  if (rule === undefined) return [];
  const times: number[] = [];
  for (const attempt of draft.attempts.values()) {
    if (!isRecording(attempt)) continue;
    if (!attempt.rotating && mayRotate(draft, attempt.slot)) times.push(rotationAtMs(attempt, rule, durations));
    const waitMs = lastWaitAtMs(attempt, rule, durations);
    if (attempt.rotating && waitMs > nowMs) times.push(waitMs);
  }
  return times;
}
