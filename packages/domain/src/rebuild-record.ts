import { slotNames } from "@autorec/events";
import type { SlotName } from "@autorec/events";
import { givenUp } from "./attempt-moves.ts";
import { recordSchemaVersion } from "./channel-record.ts";
import type { Attempt, ChannelRecord, Session, Slot, Want } from "./channel-record.ts";
import type { Durations } from "./durations.ts";
import { isOpen } from "./draft.ts";
import { resourceStartCutoffMs } from "./waits.ts";

/** What the journal remembers of a channel that Redis has forgotten; `nowMs` is Redis's clock. */
export interface RebuildOptions {
  readonly ref: { readonly appId: string; readonly channelName: string };
  /** The newest snapshot of each attempt, in any order. */
  readonly attempts: readonly Attempt[];
  readonly nowMs: number;
  readonly durations: Durations;
}

/**
 * The record that a channel gets after the loss of Redis (protocol.md §10). No recorder is taken for alive on old evidence:
 * what recorded is queried now. What may still be started is started or doubted, nothing is forgotten, no number, uid or k
 * is given twice. Presence and rule decide afterwards whether the session goes on.
 */
export function rebuildRecord({ attempts: journalled, durations, nowMs, ref }: RebuildOptions): ChannelRecord {
  const attempts = journalled.map((attempt) => rebuilt(attempt, { durations, nowMs })).sort((a, b) => a.n - b.n);
  const slot = (name: SlotName): Slot => rebuiltSlot(attempts.filter((attempt) => attempt.slot === name));
  const slots = { primary: slot("primary"), secondary: slot("secondary") };
  const responsible = attempts.findLast(({ n }) => slotNames.some((name) => slots[name].resp === n));
  return {
    schemaVersion: recordSchemaVersion,
    ...ref,
    want: rebuiltWant(responsible),
    slots,
    attempts: Object.fromEntries(attempts.map((attempt) => [attempt.n, attempt])),
    sessions: Object.fromEntries(sessionsOf(attempts).map((session) => [session.id, session])),
  };
}

function rebuilt(attempt: Attempt, { durations, nowMs }: Pick<RebuildOptions, "durations" | "nowMs">): Attempt {
  // Since when nobody is there may be lost too: no recorder is taken to have idled out before the loss (P8).
  const resourceDeadAtMs = Math.max(attempt.resourceDeadAtMs ?? 0, nowMs);
  const known: Attempt = { ...attempt, ...(isOpen(attempt) ? { resourceDeadAtMs } : {}), journaled: true };
  switch (known.st) {
    case "CLAIMED":
      // Never journalled, since it has no resource: nobody can have started it.
      return { ...known, st: "CLOSED", cause: "rebuilt", closedAtMs: nowMs, dueAtMs: nowMs };
    case "READY": {
      const startable = nowMs < (known.acquireSentAtMs ?? 0) + resourceStartCutoffMs(durations);
      return startable ? { ...known, dueAtMs: nowMs } : givenUp(known, nowMs, "rebuilt");
    }
    case "LIVE":
    case "CONF": {
      // The limit of the confirmation counts from now: the time without Redis is no fault of the recorder.
      const { confAtMs: _, ...rest } = known;
      // Its successor may never have been journalled: until the next decision plans another one it answers for its slot.
      return { ...rest, st: "LIVE", rotating: false, rebuiltAtMs: nowMs, tries: 0, dueAtMs: nowMs };
    }
    case "GHOST":
    case "DOUBT":
    case "STOPPING":
      return { ...known, dueAtMs: nowMs };
    case "CLOSED":
      return known;
  }
}

function rebuiltSlot(attempts: readonly Attempt[]): Slot {
  const nextK = Math.max(-1, ...attempts.map((attempt) => attempt.k)) + 1;
  return { resp: responsibleOf(attempts), nextK, backoffStep: 0, nextClaimAtMs: 0 };
}

/** Slots are not journalled. Whoever records without suspicion answers best, then what will start, then a ghost in its window. */
function responsibleOf(attempts: readonly Attempt[]): number {
  const fit = attempts.filter((attempt) => !attempt.rotating && !attempt.controlLost && attempt.n404 === 0);
  const chosen =
    fit.findLast(({ st }) => st === "LIVE") ??
    fit.findLast(({ st }) => st === "READY") ??
    fit.findLast(({ st, adoptUntilMs }) => st === "GHOST" && adoptUntilMs !== undefined);
  return chosen?.n ?? 0;
}

/** As last known: only then does the session go on without a break, or begin its grace. */
function rebuiltWant(responsible: Attempt | undefined): Want {
  if (responsible === undefined) return { on: false, cause: "rebuilt" };
  return { on: true, cause: "rebuilt", sessionId: responsible.session, ruleHash: responsible.ruleHash };
}

function sessionsOf(attempts: readonly Attempt[]): readonly Session[] {
  const open = new Set(attempts.filter(isOpen).map((attempt) => attempt.session));
  return [...open].map((id): Session => {
    const claims = attempts.filter((attempt) => attempt.session === id).map((attempt) => attempt.claimedAtMs);
    return { id, openedAtMs: Math.min(...claims), cause: "rebuilt" };
  });
}
