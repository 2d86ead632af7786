import type { Attempt, ChannelRecord } from "./channel-record.ts";
import { nextClaimAtMs } from "./may-claim.ts";

/** How people, labels and logs call the state of a channel; in order of severity. */
export type StateWord =
  "uncovered" | "unknown" | "blocked" | "queued" | "starting" | "stopping" | "covered" | "ignored";

/** So long after a session opened a channel without a confirmed recorder is only starting; later it is uncovered. */
const startingMsMax = 15_000;

/** The state word of a channel; the first that fits. */
export function stateWord(record: ChannelRecord, nowMs: number): StateWord {
  const { want } = record;
  const isAnyOpen = Object.values(record.attempts).some((attempt) => attempt.st !== "CLOSED");
  if (!want.on) return isAnyOpen ? "stopping" : "ignored";
  if (recordsBeside(record)) return "covered";
  const slot = record.slots.primary;
  if ((slot.blockedUntilMs ?? 0) > nowMs) return "blocked";
  const responsible = record.attempts[slot.resp];
  if (responsible?.st === "GHOST" || (responsible?.n404 ?? 0) > 0) return "unknown";
  if (responsible?.st === "CONF") return "covered";
  const openedAtMs = want.sessionId === undefined ? undefined : record.sessions[want.sessionId]?.openedAtMs;
  if (nowMs - (openedAtMs ?? nowMs) > startingMsMax) return "uncovered";
  return responsible?.waitingFor === undefined ? "starting" : "queued";
}

/** Capture goes on although the first slot has no confirmed recorder: by the second one, or by the one that is being rotated out. */
function recordsBeside({ attempts, slots }: ChannelRecord): boolean {
  return Object.values(attempts).some(
    ({ n, n404, rotating, slot, st }) =>
      st === "CONF" && n404 === 0 && (rotating || (slot === "secondary" && slots.secondary.resp === n)),
  );
}

/** What will be done for a channel next, in the words of the live view. */
export interface NextStep {
  readonly what: string;
  /** Absent while an operator's switch is all that it waits for. */
  readonly atMs?: number;
}

/** The earliest thing that the schedule holds for a channel; absent when nothing is open and nothing wanted. */
export function nextStep(record: ChannelRecord): NextStep | undefined {
  const { control, on } = record.want;
  const isOpen = Object.values(record.attempts).some((attempt) => attempt.st !== "CLOSED");
  if (control === "handsOff" && (on || isOpen)) return { what: "wait until the operators lift hands-off" };
  const step = scheduledStep(record);
  const isHeld = control === "holdStarts" && on && record.slots.primary.resp === 0;
  return isHeld && !isOpen ? { what: "start a recorder once the operators lift hold-starts" } : step;
}

interface ScheduledStep extends NextStep {
  readonly atMs: number;
}

function scheduledStep(record: ChannelRecord): NextStep | undefined {
  const steps: ScheduledStep[] = Object.values(record.attempts).flatMap((attempt) => attemptStep(attempt));
  if (record.want.graceUntilMs !== undefined) steps.push({ what: "grace ends", atMs: record.want.graceUntilMs });
  const { primary } = record.slots;
  if (record.want.on && record.want.control !== "holdStarts" && primary.resp === 0)
    steps.push({ what: "start another recorder", atMs: nextClaimAtMs(primary) });
  return steps.sort((a, b) => a.atMs - b.atMs)[0];
}

function attemptStep(attempt: Attempt): readonly ScheduledStep[] {
  const what = stepWords(attempt);
  return what === undefined ? [] : [{ what, atMs: attempt.dueAtMs }];
}

function waiting(what: string, { waitingFor }: Attempt): string {
  if (waitingFor === undefined) return what;
  return `${what} (waits for ${waitingFor === "quota_workers" ? "a worker" : "requests per second"})`;
}

function stepWords(attempt: Attempt): string | undefined {
  switch (attempt.st) {
    case "CLAIMED":
      return waiting("acquire", attempt);
    case "READY":
      return waiting("start", attempt);
    case "LIVE":
      return attempt.n404 > 0 ? "look again (404)" : "confirm";
    case "CONF":
      return attempt.n404 > 0 ? "look again (404)" : "poll";
    case "GHOST":
      return "wait for the ghost's sid";
    case "DOUBT":
      return "wait until the doubt is over";
    case "STOPPING":
      return attempt.stopAckAtMs === undefined ? "stop" : "verify the stop";
    case "CLOSED":
      return undefined;
  }
}
