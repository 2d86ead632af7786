import type { AttemptState, SlotName } from "@autorec/events";
import type { Attempt, ChannelRecord, ChannelView, Session, Slot, Want } from "./channel-record.ts";
import type { Effect } from "./attempt-step.ts";
import type { Alarm, DecideContext, PresenceMark } from "./decision.ts";
import type { Doubt } from "./doubt.ts";
import { markPresence } from "./mark-presence.ts";
import type { Occupancy } from "./want.ts";

/** The record while it is being decided: a private copy that the rules change in turn; never leaves `decide`. */
export interface Draft {
  readonly view: ChannelView;
  readonly context: DecideContext;
  readonly occupancy: Occupancy;
  readonly doubt: Doubt | undefined;
  want: Want;
  readonly slots: Record<SlotName, Slot>;
  readonly attempts: Map<number, Attempt>;
  readonly sessions: Map<string, Session>;
  readonly alarms: Alarm[];
  readonly marks: PresenceMark[];
}

const openStates: readonly AttemptState[] = ["CLAIMED", "READY", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING"];

/** Whether anything of the attempt may still be in the channel or come there. */
export function isOpen(attempt: Attempt): boolean {
  return openStates.includes(attempt.st);
}

/** LIVE or CONF: a recorder with a known sid that nobody has asked to stop. */
export function isRecording(attempt: Attempt): boolean {
  return attempt.st === "LIVE" || attempt.st === "CONF";
}

/** The open attempts of a slot, by number. */
export function slotAttempts(draft: Draft, slot: SlotName): readonly Attempt[] {
  return [...draft.attempts.values()].filter((attempt) => attempt.slot === slot && isOpen(attempt));
}

/** Replaces the attempt of that number, or adds it. */
export function put(draft: Draft, attempt: Attempt): void {
  draft.attempts.set(attempt.n, attempt);
}

/** Changes some fields of a slot; the others stay. */
export function changeSlot(draft: Draft, slot: SlotName, change: Partial<Slot>): void {
  draft.slots[slot] = { ...draft.slots[slot], ...change };
}

/** The slot has lost the attempt that answered for it; the next claim waits as the storm guard says. */
export function clearResponsible(draft: Draft, slot: SlotName, options: { readonly backoff: boolean }): void {
  const { backoffStep } = draft.slots[slot];
  const { claimBackoffMs } = draft.context.durations;
  const waitMs = claimBackoffMs[Math.min(backoffStep, claimBackoffMs.length - 1)] ?? 0;
  const responsible = draft.attempts.get(draft.slots[slot].resp);
  changeSlot(draft, slot, { resp: 0, nextClaimAtMs: options.backoff ? draft.context.nowMs + waitMs : 0 });
  if (responsible !== undefined) warnOfUnconfirmed(draft, responsible);
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

/** Carries out what a row asked of the slot of its attempt. */
export function applyEffect(draft: Draft, attempt: Attempt, effect: Effect, detail: string): void {
  const slot = draft.slots[attempt.slot];
  switch (effect.kind) {
    case "block":
      block(draft, attempt, effect.cause);
      return;
    case "cameBack": {
      // P4: of two recorders that both answer, the one that is confirmed stays responsible.
      const responsible = draft.attempts.get(slot.resp);
      const other = slot.resp !== attempt.n && responsible?.st !== "CONF";
      if (draft.want.on && slot.resp !== 0 && other) changeSlot(draft, attempt.slot, { resp: attempt.n });
      return;
    }
    case "cover":
      if (slot.resp === attempt.n) clearResponsible(draft, attempt.slot, { backoff: true });
      return;
    case "idleEnd":
    case "outOfSight":
    case "notAlone":
      markPresence(draft, attempt, effect);
      return;
    case "alarm":
      draft.alarms.push({ alarm: effect.alarm, n: attempt.n, detail });
      return;
  }
}

function block(draft: Draft, attempt: Attempt, cause: string): void {
  changeSlot(draft, attempt.slot, {
    blockedUntilMs: draft.context.nowMs + draft.context.durations.blockedRetryMs,
    blockedCause: cause,
    blockedRuleHash: attempt.ruleHash,
  });
  draft.alarms.push({ alarm: "slot_blocked", n: attempt.n, detail: cause });
}

/** A private copy of the view, with what should be true already decided. */
export function openDraft(
  view: ChannelView,
  context: DecideContext,
  decided: { want: Want; occupancy: Occupancy; doubt: Doubt | undefined },
): Draft {
  const { record } = view;
  return {
    view,
    context,
    occupancy: decided.occupancy,
    doubt: decided.doubt,
    want: decided.want,
    slots: { ...record.slots },
    attempts: new Map(Object.values(record.attempts).map((attempt) => [attempt.n, attempt])),
    sessions: new Map(Object.entries(record.sessions)),
    alarms: [],
    marks: [],
  };
}

/** The decided record, with everything of the view that no rule has touched. */
export function closeDraft(draft: Draft): ChannelRecord {
  return {
    ...draft.view.record,
    want: draft.want,
    slots: draft.slots,
    attempts: Object.fromEntries(draft.attempts),
    sessions: Object.fromEntries(draft.sessions),
  };
}
