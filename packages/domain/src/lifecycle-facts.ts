import type { AttemptState, LifecycleFact, LifecycleType } from "@autorec/events";
import type { Attempt, ChannelRecord } from "./channel-record.ts";
import { startsHeld } from "./control.ts";
import { isOpen } from "./draft.ts";
import { gaveWay } from "./rotation.ts";

/** What happened between two states of a record, in the order in which a reader should see it. */
export function lifecycleFacts(before: ChannelRecord, after: ChannelRecord, atMs: number): readonly LifecycleFact[] {
  const facts: LifecycleFact[] = [];
  // Most decisions leave the sessions alone, and then the record has the same ones.
  const sessions = after.sessions === before.sessions ? [] : Object.values(after.sessions);
  for (const { cause, id } of sessions) {
    if (before.sessions[id] === undefined) facts.push({ type: "session.opened", atMs, sessionId: id, cause });
  }
  facts.push(...pauseFacts(before, after, atMs));
  for (const attempt of Object.values(after.attempts)) facts.push(...attemptFacts(before, after, { attempt, atMs }));
  facts.push(...blockedFacts(before, after, atMs));
  for (const { closedAtMs, id } of sessions) {
    if (closedAtMs !== undefined && before.sessions[id]?.closedAtMs === undefined)
      facts.push({ type: "session.closed", atMs, sessionId: id, cause: after.want.cause });
  }
  return facts;
}

interface Change {
  readonly attempt: Attempt;
  readonly atMs: number;
}

function attemptFacts(before: ChannelRecord, after: ChannelRecord, change: Change): readonly LifecycleFact[] {
  const { attempt } = change;
  const earlier = before.attempts[attempt.n];
  const wasResponsible = earlier !== undefined && before.slots[attempt.slot].resp === attempt.n;
  const isLost = wasResponsible && after.slots[attempt.slot].resp !== attempt.n && after.want.on;
  if (attempt === earlier && !isLost) return [];
  const types: LifecycleType[] = [];
  if (earlier === undefined) types.push("attempt.claimed");
  if (earlier?.st !== attempt.st) types.push(...typesOf(attempt, earlier?.st));
  if (attempt.waitingFor !== undefined && attempt.waitingFor !== earlier?.waitingFor && isOpen(attempt))
    types.push("attempt.waiting");
  // The 404s of a candidate are about a sid that may not be its own.
  const isAsked = attempt.candidateSid === undefined;
  if (isAsked && attempt.n404 > 0 && (earlier?.n404 ?? 0) === 0) types.push("attempt.suspected");
  if (attempt.rotating && earlier?.rotating === false) types.push("attempt.rotating");
  // The one that answered for the slot waits still: what ends is the capture of the one that gives way.
  const givesWay = earlier?.st !== attempt.st && attempt.st === "STOPPING" && attempt.cause === gaveWay;
  if ((isLost && !goesOnRecording(attempt)) || givesWay) types.push("attempt.lost");
  return types.map((type) => attemptFact(type, change, earlier?.st));
}

/** It has only handed over: a planned successor comes, and until that is confirmed it records. */
function goesOnRecording(attempt: Attempt): boolean {
  return attempt.rotating && attempt.n404 === 0 && (attempt.st === "LIVE" || attempt.st === "CONF");
}

/** READY has no event of its own: the journal of attempts tells it. */
function typesOf(attempt: Attempt, earlier: AttemptState | undefined): readonly LifecycleType[] {
  switch (attempt.st) {
    case "CLAIMED":
    case "READY":
      return [];
    case "LIVE":
      return ["attempt.started"];
    case "CONF":
      return earlier === "LIVE" ? ["attempt.confirmed"] : ["attempt.started", "attempt.confirmed"];
    case "GHOST":
    case "DOUBT":
      return ["attempt.ambiguous"];
    case "STOPPING":
      return ["attempt.stopping"];
    case "CLOSED":
      return ["attempt.closed"];
  }
}

function attemptFact(type: LifecycleType, change: Change, previous: AttemptState | undefined): LifecycleFact {
  const { attempt, atMs } = change;
  return {
    type,
    atMs,
    sessionId: attempt.session,
    slot: attempt.slot,
    attempt: attempt.n,
    recorderUid: attempt.uid,
    state: attempt.st,
    ...(previous === undefined ? {} : { previousState: previous }),
    ...(attempt.sid === undefined ? {} : { sid: attempt.sid }),
    ...(attempt.resourceId === undefined ? {} : { resourceId: attempt.resourceId }),
    ...(type === "attempt.lost" ? { cause: gapCause(attempt) } : {}),
    ...(type === "attempt.waiting" ? { cause: attempt.waitingFor ?? "" } : {}),
    ...(attempt.cause === undefined ? {} : { detail: attempt.cause }),
    ...(type === "attempt.closed" ? billed(attempt, previous) : {}),
  };
}

/**
 * An upper bound, since Agora names no bill: from the moment its start could take effect to the moment its end was certain.
 * Of a ghost or a doubt that is all that anybody can know; a recorder that was watched ended somewhat sooner.
 */
function billed(attempt: Attempt, previous: AttemptState | undefined): { readonly billedMsMax?: number } {
  const { acquireAnsweredAtMs, closedAtMs, liveAtMs } = attempt;
  const sinceMs = acquireAnsweredAtMs ?? liveAtMs;
  const isUnstarted = previous === undefined || previous === "CLAIMED" || previous === "READY";
  if (isUnstarted || attempt.startSends === 0 || sinceMs === undefined || closedAtMs === undefined) return {};
  return { billedMsMax: Math.max(0, closedAtMs - sinceMs) };
}

/** The cause of the gap that this loss may leave, in the operators' closed set. */
function gapCause(attempt: Attempt): string {
  if (attempt.cause === startsHeld) return "paused";
  if (attempt.cause === gaveWay) return "quota_workers";
  switch (attempt.st) {
    case "GHOST":
    case "DOUBT":
      return "ambiguous_start";
    case "CLAIMED":
    case "READY":
    case "CLOSED":
      return attempt.waitingFor ?? "provider_error";
    case "LIVE":
    case "CONF":
    case "STOPPING":
      return "recorder_exit";
  }
}

/** A switch concerns the channel now, another one than before, or none any more. Told where there is something to pause. */
function pauseFacts(before: ChannelRecord, after: ChannelRecord, atMs: number): readonly LifecycleFact[] {
  const { control } = after.want;
  if (control === before.want.control) return [];
  const sessionId = after.want.sessionId ?? before.want.sessionId ?? "";
  const hasOpen = Object.values(before.attempts).some(isOpen);
  const isConcerned = before.want.on || after.want.on || hasOpen;
  if (control !== undefined && !isConcerned) return [];
  if (control === undefined) return [{ type: "channel.resumed", atMs, sessionId }];
  const detail = `${control}, switch ${String(after.want.killSwitchRev ?? "unread")}`;
  return [{ type: "channel.paused", atMs, sessionId, cause: "paused", detail }];
}

function blockedFacts(before: ChannelRecord, after: ChannelRecord, atMs: number): readonly LifecycleFact[] {
  return (["primary", "secondary"] as const).flatMap((slot): readonly LifecycleFact[] => {
    const { blockedUntilMs, blockedCause } = after.slots[slot];
    if (blockedUntilMs === undefined || blockedUntilMs === before.slots[slot].blockedUntilMs) return [];
    const last = Object.values(after.attempts).findLast((attempt) => attempt.slot === slot);
    const sessionId = after.want.sessionId ?? last?.session ?? "";
    const attempt = last === undefined ? {} : { attempt: last.n };
    const cause = blockedGapCause(blockedCause);
    return [{ type: "slot.blocked", atMs, sessionId, slot, ...attempt, cause, detail: blockedCause ?? "" }];
  });
}

/** The cause of the gap that a block leaves, in the operators' closed set. */
function blockedGapCause(blockedCause: string | undefined): string {
  if (blockedCause === "crash_loop") return "recorder_exit";
  return blockedCause === "storage_error" ? "file_missing" : "provider_error";
}
