import type { SlotName } from "@autorec/events";
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

/** Whether anything of the attempt may still be in the channel or come there. */
export function isOpen(attempt: Attempt): boolean {
  return attempt.st !== "CLOSED";
}

/** LIVE or CONF: a recorder with a known sid that nobody has asked to stop. */
export function isRecording(attempt: Attempt): boolean {
  return attempt.st === "LIVE" || attempt.st === "CONF";
}

/** The open attempts of a slot, by number. */
export function slotAttempts(draft: Draft, slot: SlotName): readonly Attempt[] {
  const found: Attempt[] = [];
  for (const attempt of draft.attempts.values()) if (attempt.slot === slot && isOpen(attempt)) found.push(attempt);
  return found;
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
  const attempts = new Map<number, Attempt>();
  for (const attempt of Object.values(record.attempts)) attempts.set(attempt.n, attempt);
  const sessions = new Map<string, Session>();
  for (const session of Object.values(record.sessions)) sessions.set(session.id, session);
  return {
    view,
    context,
    occupancy: decided.occupancy,
    doubt: decided.doubt,
    want: decided.want,
    slots: { ...record.slots },
    attempts,
    sessions,
    alarms: [],
    marks: [],
  };
}

/** The decided record, with everything of the view that no rule has touched. */
export function closeDraft(draft: Draft): ChannelRecord {
  const { record } = draft.view;
  return {
    ...record,
    want: draft.want,
    slots: draft.slots,
    attempts: asRecord(draft.attempts, record.attempts),
    sessions: asRecord(draft.sessions, record.sessions),
  };
}

/** What it was before if nothing of it has changed: most decisions leave the sessions alone, many all attempts. */
function asRecord<Key extends string | number, Value>(
  now: ReadonlyMap<Key, Value>,
  before: Readonly<Record<Key, Value>>,
): Readonly<Record<Key, Value>> | Readonly<Record<string, Value>> {
  let isSame = now.size === Object.keys(before).length;
  for (const [key, value] of now) isSame &&= before[key] === value;
  return isSame ? before : Object.fromEntries(now);
}
