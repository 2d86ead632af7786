import type { AttemptState, SlotName } from "@autorec/events";
import type { Attempt, ChannelRecord, ChannelView, Session, Slot, Want } from "./channel-record.ts";
import type { Alarm, DecideContext, PresenceMark } from "./decision.ts";
import type { Doubt } from "./doubt.ts";
import type { Occupancy } from "./occupancy.ts";

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

/** Resources of the other slot that recorders hold or are about to. */
export function siblingResources(draft: Draft, slot: SlotName): readonly string[] {
  const other = slot === "primary" ? "secondary" : "primary";
  return slotAttempts(draft, other).flatMap(({ resourceId, st }) =>
    resourceId === undefined || st === "DOUBT" || st === "STOPPING" ? [] : [resourceId],
  );
}

/** Replaces the attempt of that number, or adds it. */
export function put(draft: Draft, attempt: Attempt): void {
  draft.attempts.set(attempt.n, attempt);
}

/** Changes some fields of a slot; the others stay. */
export function changeSlot(draft: Draft, slot: SlotName, change: Partial<Slot>): void {
  draft.slots[slot] = { ...draft.slots[slot], ...change };
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
