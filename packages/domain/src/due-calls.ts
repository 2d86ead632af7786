import type { Attempt } from "./channel-record.ts";
import type { Call } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { isOpen, isRecording, put, siblingResources } from "./draft.ts";
import { vanishedAtMs } from "./slot-rules.ts";

/** The calls that are due now, starts and acquires first; announces each start in the record. None while hands are off. */
export function dueCalls(draft: Draft): readonly Call[] {
  if (draft.context.control === "handsOff") return [];
  const calls: Call[] = [];
  for (const attempt of draft.attempts.values()) {
    if (draft.context.inFlight.has(attempt.n) || !isDue(draft, attempt)) continue;
    const call = nextCall(draft, attempt);
    if (call !== undefined) calls.push(call);
  }
  return calls.sort((a, b) => urgency(a) - urgency(b));
}

/** Due by its own time, or because something happened since it was last asked. */
function isDue(draft: Draft, attempt: Attempt): boolean {
  if (!isOpen(attempt)) return false;
  if (attempt.dueAtMs <= draft.context.nowMs) return true;
  const { lookAtMs } = draft.view;
  const askedAtMs = Math.max(attempt.lastQuerySentAtMs ?? 0, attempt.liveAtMs ?? 0);
  return isRecording(attempt) && lookAtMs !== undefined && askedAtMs < lookAtMs;
}

function nextCall(draft: Draft, attempt: Attempt): Call | undefined {
  const { n, sid, candidateSid } = attempt;
  switch (attempt.st) {
    case "CLAIMED":
      return acquireCall(draft, attempt);
    case "READY": {
      const send = attempt.startSends + 1;
      put(draft, { ...attempt, startSends: send });
      return { call: "start", n, send, journalFirst: !attempt.journaled };
    }
    case "LIVE":
    case "CONF":
    case "STOPPING":
      // No row leads to these states without a sid; should one, it must not be due for ever.
      if (sid === undefined) {
        put(draft, { ...attempt, dueAtMs: draft.context.nowMs + draft.context.durations.openLookMs });
        return undefined;
      }
      if (attempt.st !== "STOPPING") return { call: "query", n, sid };
      return { call: attempt.stopAckAtMs === undefined ? "stop" : "query", n, sid };
    case "GHOST":
    case "DOUBT":
      if (candidateSid !== undefined) return { call: "query", n, sid: candidateSid };
      put(draft, { ...attempt, dueAtMs: uncontrolledDueAtMs(draft, attempt) });
      return undefined;
    case "CLOSED":
      return undefined;
  }
}

function acquireCall(draft: Draft, { n, slot }: Attempt): Call {
  const excludeResourceIds = siblingResources(draft, slot);
  return { call: "acquire", n, ...(excludeResourceIds.length === 0 ? {} : { excludeResourceIds }) };
}

/** A recorder that cannot be asked is looked at when its window ends, when it must be gone, else now and then. */
function uncontrolledDueAtMs(draft: Draft, attempt: Attempt): number {
  const { nowMs, durations } = draft.context;
  if (attempt.adoptUntilMs !== undefined && attempt.adoptUntilMs > nowMs) return attempt.adoptUntilMs;
  return vanishedAtMs(draft, attempt) ?? nowMs + durations.openLookMs;
}

function urgency(call: Call): number {
  return call.call === "acquire" || call.call === "start" ? 0 : 1;
}
