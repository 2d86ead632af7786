import { slotNames } from "@autorec/events";
import { applyFact, applyHints, applyInput } from "./apply-known.ts";
import type { ChannelView } from "./channel-record.ts";
import type { DecideContext, Decision, Input } from "./decision.ts";
import { doubtOf } from "./doubt.ts";
import type { Draft } from "./draft.ts";
import { changeSlot, closeDraft, openDraft } from "./draft.ts";
import { dueCalls } from "./due-calls.ts";
import { lifecycleFacts } from "./lifecycle-facts.ts";
import { identifyMoved } from "./mark-presence.ts";
import { nextDueAtMs } from "./next-due.ts";
import { occupancyOf } from "./occupancy.ts";
import { liftLoopBlock, settleBackoff } from "./restart-limits.ts";
import { markRotations } from "./rotation.ts";
import { applySlotRules } from "./slot-rules.ts";
import { tombstoneMs } from "./waits.ts";
import { decideWant } from "./want.ts";

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
  identifyMoved(draft);
  markRotations(draft);
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
    dueAtMs: nextDueAtMs(draft, calls),
    noop,
  };
}

/** Opens a session when capture goes on and closes it when it goes off; attempts outlive sessions. */
function turnSession(draft: Draft): void {
  const { nowMs } = draft.context;
  // All but the one that goes on: a rebuild brings back the sessions of whatever is still open.
  for (const session of draft.sessions.values()) {
    if (session.closedAtMs === undefined && session.id !== draft.want.sessionId)
      draft.sessions.set(session.id, { ...session, closedAtMs: nowMs });
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

/** Drops what no replay can ask for any more; the newest attempt stays, so that numbers only grow. */
function forget(draft: Draft): void {
  const { attempts, context, sessions, want } = draft;
  const before = context.nowMs - tombstoneMs;
  const isOld = (closedAtMs = context.nowMs): boolean => closedAtMs < before;
  let newest = 0;
  for (const n of attempts.keys()) newest = Math.max(newest, n);
  for (const { closedAtMs, n } of attempts.values()) if (n !== newest && isOld(closedAtMs)) attempts.delete(n);
  for (const { closedAtMs, id } of sessions.values()) {
    if (!isOld(closedAtMs) || id === want.sessionId) continue;
    const isUsed = [...attempts.values()].some((attempt) => attempt.session === id);
    if (!isUsed) sessions.delete(id);
  }
}
