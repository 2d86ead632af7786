import type { StepContext, Told } from "./attempt-step.ts";
import type { Attempt } from "./channel-record.ts";
import { uncounted } from "./count-404.ts";
import { stepMs } from "./waits.ts";

/** Ends an attempt for good: nothing of it can be in the channel any more, or ever was. */
export function closed(attempt: Attempt, nowMs: number, cause: string): Attempt {
  return { ...attempt, st: "CLOSED", cause, closedAtMs: nowMs, dueAtMs: nowMs };
}

/** A start that may still take effect: accounted for until it can no longer. */
export function doubted(attempt: Attempt, nowMs: number, cause: string): Attempt {
  const { adoptUntilMs: _, waitingFor: __, ...rest } = attempt;
  return { ...rest, st: "DOUBT", cause, dueAtMs: nowMs };
}

/** A start that is given up: a doubt if somebody may have sent it, else over. */
export function givenUp(attempt: Attempt, nowMs: number, cause: string): Attempt {
  return attempt.startSends === 0 ? closed(attempt, nowMs, cause) : doubted(attempt, nowMs, cause);
}

/** Irrevocable: the recorder is stopped until that is certain; what it counted of 404 stays. */
export function stopping(attempt: Attempt, nowMs: number, cause: string): Attempt {
  const { adoptUntilMs: _, candidateSid: __, closedAtMs: ___, waitingFor: ____, ...rest } = attempt;
  return { ...rest, st: "STOPPING", cause, dueAtMs: nowMs, retryStep: { ...attempt.retryStep, stop: 0 } };
}

/** A live recorder whose sid nobody knows; with a window it still answers for its slot until the window ends. */
export function ghost(
  attempt: Attempt,
  context: { nowMs: number },
  options: { cause: string; adoptUntilMs?: number },
): Attempt {
  const { adoptUntilMs: _, waitingFor: __, ...rest } = attempt;
  const base = { ...rest, st: "GHOST" as const, cause: options.cause };
  return options.adoptUntilMs === undefined
    ? { ...base, dueAtMs: context.nowMs }
    : { ...base, adoptUntilMs: options.adoptUntilMs, dueAtMs: options.adoptUntilMs };
}

/** The sid is known: from here on it is confirmed by queries, and its 404s are counted anew. */
export function live(attempt: Attempt, told: Told, context: StepContext): Attempt {
  const { adoptUntilMs: _, candidateSid: __, cause: ___, waitingFor: ____, ...rest } = uncounted(attempt);
  const bornAtMs = attempt.bornAtMs ?? attempt.liveAtMs ?? attempt.acquireAnsweredAtMs;
  return {
    ...rest,
    st: "LIVE",
    ...(attempt.st === "READY" || bornAtMs === undefined ? {} : { bornAtMs }),
    ...(told.sid === undefined ? {} : { sid: told.sid }),
    liveAtMs: context.nowMs,
    journaled: true,
    tries: 1,
    dueAtMs: context.nowMs + stepMs(context.durations.confirmStepsMs, 0),
  };
}

/** Without what once seemed to prove its end: it was about another moment. */
export function unproven(attempt: Attempt): Attempt {
  const { closedAtMs: _, stopAckAtMs: __, exitSaidAtMs: ___, idleSaidAtMs: ____, ...rest } = uncounted(attempt);
  const { endedIdle: _____, ...unsaid } = rest;
  return unsaid;
}
