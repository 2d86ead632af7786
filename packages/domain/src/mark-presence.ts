import type { Attempt } from "./channel-record.ts";
import type { Effect } from "./attempt-step.ts";
import type { Draft } from "./draft.ts";
import { isOpen, put } from "./draft.ts";
import type { Durations } from "./durations.ts";
import { stretchedPollMs } from "./waits.ts";

type PresenceEffect = Extract<Effect, { readonly kind: "idleEnd" | "outOfSight" | "notAlone" }>;

/** When a recorder ends that nobody joins, as far as anybody can tell. */
interface IdleSpan {
  readonly fromMs: number;
  readonly untilMs: number;
  /** It is looked at then, so that a silent death at another age is hardly taken for such an end. */
  readonly lookBeforeMs: number;
  readonly lookAfterMs: number;
}

/** Undefined where no recorder ends for that. */
export function idleSpan(attempt: Attempt, durations: Durations): IdleSpan | undefined {
  const { liveAtMs, maxIdleMs, mode } = attempt;
  // Nothing but its longest recording ends the recorder of a page.
  if (liveAtMs === undefined || mode === "web") return undefined;
  const { bornAtMs = liveAtMs, confAtMs = Infinity } = attempt;
  const { callQueryMs, callStartMs, confirmLimitMs, pollMs, tickMs, workSlackMs } = durations;
  // It waits from its join on, which may come long after its start; a rebuild confirms an old one anew.
  const joinedByMs = Math.min(confAtMs, liveAtMs + confirmLimitMs);
  const fromMs = bornAtMs + maxIdleMs - callStartMs;
  const untilMs = joinedByMs + maxIdleMs + workSlackMs;
  // Early enough that the answer comes before the span, even if the look was put off once for the budget; and late enough that
  // whoever answers was not alone.
  return { fromMs, untilMs, lookBeforeMs: fromMs - callQueryMs - tickMs - pollMs / 20, lookAfterMs: untilMs + tickMs };
}

/**
 * Whether an attempt that was gone at this moment lived as long as a recorder does that nobody joins. One that was seen
 * alive for longer had company at some time, so its end says nothing.
 */
function livedAlone(attempt: Attempt, goneAtMs: number, durations: Durations): boolean {
  const { liveAtMs, maxIdleMs } = attempt;
  const span = idleSpan(attempt, durations);
  if (liveAtMs === undefined || span === undefined) return false;
  const lateMs = liveAtMs - (attempt.bornAtMs ?? liveAtMs);
  const seenAtMs = Math.max(attempt.lastAliveAtMs ?? liveAtMs, liveAtMs);
  // Nobody knows when it went; whom Agora did not know any more before its idle time was over has hardly idled out.
  const goneByMs = attempt.n404 > 0 ? (attempt.first404AtMs ?? goneAtMs) : goneAtMs;
  // Whom nobody has looked at for longer than polls are apart may have died of anything, whenever that was.
  const unseenMaxMs = stretchedPollMs(maxIdleMs, durations) + durations.workSlackMs;
  if (attempt.n404 > 0 && goneByMs - seenAtMs > unseenMaxMs) return false;
  // It may have recorded for longer than its sid is known: who was seen at an age beyond the span had company.
  return goneByMs >= span.fromMs && seenAtMs + lateMs <= span.untilMs;
}

/** The attempt and its effects at the end of its life, if it ended as one does that nobody joins or Agora says so. */
export function endedAlone(
  attempt: Attempt,
  goneAtMs: number,
  durations: Durations,
): { readonly attempt: Attempt; readonly effects: readonly Effect[] } {
  const { idleSaidAtMs, liveAtMs = goneAtMs, bornAtMs = liveAtMs, maxIdleMs } = attempt;
  if (idleSaidAtMs === undefined && !livedAlone(attempt, goneAtMs, durations)) return { attempt, effects: [] };
  // Nobody was there from the start on, or for the whole idle time before the end that Agora told.
  const nobodySinceMs = Math.max(bornAtMs, (idleSaidAtMs ?? 0) - maxIdleMs);
  return { attempt: { ...attempt, endedIdle: true }, effects: [{ kind: "idleEnd", nobodySinceMs }] };
}

/** Turns what an attempt has lived through into marks for those who are said to be in the channel. */
export function markPresence(draft: Draft, attempt: Attempt, effect: PresenceEffect): void {
  const { presence } = draft.view;
  switch (effect.kind) {
    case "outOfSight":
      if (isMet(draft, attempt, effect.fromMs)) return;
      put(draft, { ...attempt, unmetSinceMs: effect.fromMs });
      draft.marks.push({
        kind: "maybeRecorder",
        fromMs: effect.fromMs,
        toMs: effect.toMs,
        joinsUntilMs: effect.toMs + draft.context.durations.eventLagMs,
      });
      return;
    case "notAlone":
      if (presence.doubtful !== undefined) draft.marks.push({ kind: "trusted" });
      return;
    case "idleEnd": {
      const hostsOnly = draft.context.rule?.channelType === 1;
      // A recorder of the live profile waits for hosts: of the audience its end says nothing.
      const isAnybodyMeant = hostsOnly ? presence.hosts > 0 : presence.count > 0;
      if (!isAnybodyMeant || !isBelieved(draft, attempt) || isContradicted(draft, attempt)) return;
      draft.marks.push({ kind: "doubtful", heardBeforeMs: effect.nobodySinceMs, hostsOnly });
      return;
    }
  }
}

/** Takes back what was said of people when a recorder had been out of sight, once its uid is known after all. */
export function identifyMoved(draft: Draft): void {
  const unmet = [...draft.attempts.values()].filter((attempt) => attempt.unmetSinceMs !== undefined && isOpen(attempt));
  const met = unmet.filter((attempt) => isMet(draft, attempt, attempt.unmetSinceMs ?? 0));
  for (const { unmetSinceMs: _, ...rest } of met) put(draft, rest);
  // While another one is still out of sight, nobody can tell which of the two a person was taken for.
  if (met.length > 0 && met.length === unmet.length) draft.marks.push({ kind: "identified" });
}

/** Whether its uid was told since, or a recorder came that can be no other. */
function isMet(draft: Draft, attempt: Attempt, sinceMs: number): boolean {
  if ((attempt.newUidAtMs ?? 0) >= sinceMs) return true;
  const isAnotherAway = [...draft.attempts.values()].some(
    (other) => other.n !== attempt.n && isOpen(other) && (other.n404 > 0 || other.unmetSinceMs !== undefined),
  );
  return !isAnotherAway && (draft.view.presence.unknownRecorderAtMs ?? 0) >= sinceMs;
}

/**
 * A recorder that has met media and then lives exactly its idle time may have died of something else; the second in a row
 * has not, or the third, if nobody looked just before and just after. Without this exception a restart loop would hang on what
 * status 5 means.
 */
function isBelieved(draft: Draft, attempt: Attempt): boolean {
  if (attempt.idleSaidAtMs !== undefined || !attempt.everStatus5) return true;
  const { durations, nowMs } = draft.context;
  const { lookBeforeMs = Infinity, lookAfterMs = 0 } = idleSpan(attempt, durations) ?? {};
  const isMissed = (attempt.first404AtMs ?? nowMs) > lookAfterMs + durations.workSlackMs;
  const wasSeen = (attempt.lastAliveAtMs ?? 0) >= lookBeforeMs && !isMissed;
  const earlier = [...draft.attempts.values()].filter(({ n, slot }) => slot === attempt.slot && n < attempt.n);
  const needed = wasSeen ? 1 : 2;
  const latest = earlier.sort((a, b) => b.n - a.n).slice(0, needed);
  return latest.length === needed && latest.every(({ endedIdle }) => endedIdle === true);
}

/** Another recorder of the slot is well: should it be alone too, its own end will tell. */
function isContradicted(draft: Draft, attempt: Attempt): boolean {
  return [...draft.attempts.values()].some(
    ({ n, slot, st, n404 }) => n !== attempt.n && slot === attempt.slot && st === "CONF" && n404 === 0,
  );
}
