import type { Cell } from "./attempt-step.ts";
import { step } from "./attempt-step.ts";
import type { Attempt } from "./channel-record.ts";
import type { Draft } from "./draft.ts";
import { isRecording, put } from "./draft.ts";
import type { Durations } from "./durations.ts";
import { mayRotate } from "./may-claim.ts";
import type { Rule } from "./rule.ts";

/** When the planned successor of an attempt claimed now is due: a function of its arguments alone, other uids other jitter. */
export function plannedRotationAtMs(claimedAtMs: number, uid: number, plan: RotationPlan): number {
  const { durations, rotateAfterMs } = plan;
  // Short lives have short margins: the jitter stays a sixth of them.
  const jitterMs = Math.min(durations.rotateJitterMs, rotateAfterMs / 18);
  return Math.round(claimedAtMs + rotateAfterMs + jitterMs * (2 * shareOf(uid) - 1));
}

interface RotationPlan {
  readonly rotateAfterMs: number;
  readonly durations: Durations;
}

/**
 * Marks the recorders that need a successor: their time is near, or the rule has changed. They go on recording, and P3 stops
 * them when the successor is confirmed. While processes with other rules live nobody rotates for a rule: they would take turns.
 */
export function markRotations(draft: Draft): void {
  const { nowMs, rule } = draft.context;
  if (rule === undefined) return;
  for (const attempt of draft.attempts.values()) {
    if (!isRecording(attempt) || attempt.rotating || !mayRotate(draft, attempt.slot)) continue;
    const planned = replanned(draft, attempt, rule);
    const isTime = rotationAtMs(planned, rule, draft.context.durations) <= nowMs;
    if (isTime || planned !== attempt) put(draft, isTime ? { ...planned, rotating: true } : planned);
  }
}

/** A changed rule brings the rotation forward, to some time within one poll: all channels of a rule learn of it at once. */
function replanned(draft: Draft, attempt: Attempt, rule: Rule): Attempt {
  const { durations, nowMs, otherRulesAlive } = draft.context;
  if (attempt.ruleHash === rule.hash || otherRulesAlive) return attempt;
  if (rotationAtMs(attempt, rule, durations) <= nowMs + durations.pollMs) return attempt;
  return { ...attempt, rotateAtMs: Math.round(nowMs + durations.pollMs * shareOf(attempt.uid)) };
}

/** When an attempt is to be replaced; follows from its claim where an older version has stored none. */
export function rotationAtMs(attempt: Attempt, rule: Rule, durations: Durations): number {
  const plan = { rotateAfterMs: rule.rotateAfterMs, durations };
  return attempt.rotateAtMs ?? plannedRotationAtMs(attempt.claimedAtMs, attempt.uid, plan);
}

/**
 * Until when a recorder that rotates may wait for a successor without a worker: counted to the end of its life, whenever it was
 * marked, so that a stop and a start still fit before it. Short lives have short margins.
 */
export function lastWaitAtMs(attempt: Attempt, rule: Rule, durations: Durations): number {
  return attempt.claimedAtMs + rule.rotateAfterMs + Math.min(durations.rotateWaitMs, rule.rotateAfterMs / 4);
}

/** Cause of a recorder that was stopped for its worker: its successor was to be had in no other way. */
export const gaveWay = "rotation_without_worker";

/** An operator asks for a successor: as if its time had come. */
export const rotateNow: Cell = (attempt) => step({ ...attempt, rotating: true });

/** 0 … 1, spread evenly over uids. */
function shareOf(uid: number): number {
  return ((uid * 7_919) % 10_007) / 10_006;
}
