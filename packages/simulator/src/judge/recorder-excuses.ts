import type { RequestLine } from "../history/history-line.ts";
import { isNoWorker, type Recorder } from "./channel-history.ts";
import type { Deadline } from "./disturbances.ts";
import { replacedSince, stopWhileEmpty, type ChannelCase, type EmptySpan, type JudgeContext } from "./judge-context.ts";
import type { OverlapException } from "./judgement.ts";
import { callLimitMs, pendingBackoffMs } from "./provider-trouble.ts";
import { elementsWithin, indexAfter } from "./span.ts";

/** Why this recorder may be live beside another one, and when (ms since the epoch). */
export interface Excuse {
  readonly exception: Exclude<OverlapException, "none">;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The exceptions of contracts.md §5 that rest on the recorder's own story, whenever the overlap began. */
export function standingExcuses(recorder: Recorder, which: ChannelCase, context: JudgeContext): readonly Excuse[] {
  const excuses: Excuse[] = [];
  const ghostMs = ghostUntilMs(recorder, which, context);
  if (ghostMs !== undefined) excuses.push({ exception: "ghost", fromMs: -Infinity, untilMs: ghostMs });

  const lostAtMs = controlLostSince(recorder, context);
  if (lostAtMs !== undefined) {
    const untilMs = untilChannelEmpties(lostAtMs, which, context);
    excuses.push({ exception: "control_lost", fromMs: lostAtMs, untilMs });
  }

  const emptied = stopWhileEmpty(recorder, which, context);
  if (emptied !== undefined) {
    excuses.push({
      exception: "rejoin",
      fromMs: emptied.startMs,
      untilMs: stopDeadline(recorder, emptied, context).atMs,
    });
  }
  return excuses;
}

/** The exceptions whose bound counts from the moment at which this recorder and another one met. */
export function meetingExcuses(
  recorder: Recorder,
  metAtMs: number,
  context: JudgeContext,
  other: Recorder,
): readonly Excuse[] {
  const { stopSlackMs, workSlackMs, spacing404Ms, migrationMaxMs, coverAfterMs } = context.durations;
  const excuses: Excuse[] = [];
  const add = (exception: Excuse["exception"], lengthMs: number): void => {
    const { atMs: untilMs } = context.disturbances.extend(metAtMs, { atMs: metAtMs + lengthMs, parts: [] });
    excuses.push({ exception, fromMs: metAtMs, untilMs });
  };

  const coverMs = spacing404Ms + migrationMaxMs + workSlackMs;
  const reapMs = 3 * spacing404Ms;
  const suspectedMs = suspected404Ms(recorder, metAtMs - Math.max(coverMs, reapMs), metAtMs);
  const hasReturned = recorder.stays.some(
    (stay) => stay.joinedBy === "migration" && stay.joinedAtMs <= metAtMs && metAtMs - stay.joinedAtMs <= coverMs,
  );
  if (suspectedMs >= coverAfterMs || hasReturned) {
    add("cover", suspectedMs >= spacing404Ms ? Math.max(coverMs, reapMs) : coverMs);
  }

  if (isRotated(recorder, metAtMs, context) && isOlder(recorder, other)) {
    add("rotation", context.durations.confirmLimitMs + workSlackMs);
  }

  const replacedAtMs = replacedSince(recorder, context);
  if (replacedAtMs !== undefined && replacedAtMs <= metAtMs) add("replaced", stopSlackMs + workSlackMs);
  return excuses;
}

/**
 * I4 for a recorder whose sid is known: until when it may be live after the channel emptied.
 * Grace + stopSlack, more when it was migrating, when stop or query failed, and for whatever disturbed autorec.
 */
export function stopDeadline(recorder: Recorder, empty: EmptySpan, context: JudgeContext): Deadline {
  const { durations, disturbances, troubleOf } = context;
  const { stopSlackMs, workSlackMs } = durations;
  const parts = [`grace ${empty.graceMs}`, `stopSlack ${stopSlackMs}`];
  let atMs = empty.startMs + empty.graceMs + stopSlackMs;
  const migrationMs = migratingMs(recorder, empty.startMs, context);
  if (migrationMs > 0) parts.push(`migrating ${migrationMs}`);
  atMs += migrationMs;
  const failures = new Map<string, number>();
  for (let i = indexAfter(recorder.calls, (call) => call.atMs, empty.startMs - 1); i < recorder.calls.length; i += 1) {
    const call = recorder.calls[i];
    if (call === undefined || call.startedAtMs > atMs) break;
    const trouble = troubleOf(call);
    if (trouble === undefined) continue;
    const count = (failures.get(call.call) ?? 0) + 1;
    failures.set(call.call, count);
    const healedAtMs = trouble.endMs + pendingBackoffMs(call, count, durations) + workSlackMs;
    if (healedAtMs <= atMs) continue;
    atMs = healedAtMs;
    parts.push(`${call.call} failed until +${trouble.endMs - empty.startMs}, backoff and workSlack`);
  }
  return disturbances.extend(empty.startMs, { atMs, parts });
}

/**
 * Until when a ghost may live, ms since the epoch; absent for a recorder that is none.
 * A ghost is a start that took effect and was not answered, or whose client died, slept or was cut off from Agora within
 * the call's limit, or whose answer was forgotten by a Redis that lost its data.
 */
function ghostUntilMs(recorder: Recorder, which: ChannelCase, context: JudgeContext): number | undefined {
  const { durations } = context;
  const start = recorder.starts.find((each) => each.applied);
  if (start === undefined || !isAmbiguous(start, context)) return undefined;
  const joinedAtMs = recorder.stays[0]?.joinedAtMs ?? start.atMs;
  const acquire = which.channel.requests.find(
    (each) => each.call === "acquire" && each.resourceId === recorder.resourceId && each.applied,
  );
  const resourceDeadAtMs = (acquire ?? start).atMs + durations.resourceLifeMs + durations.lateStartMs;
  return Math.max(untilChannelEmpties(joinedAtMs, which, context), resourceDeadAtMs + durations.maxIdleMs);
}

/** I4 for a recorder that nobody can stop: until when it may live; absent when autorec can stop it. */
export function unstoppableUntilMs(recorder: Recorder, which: ChannelCase, context: JudgeContext): number | undefined {
  const ghostMs = ghostUntilMs(recorder, which, context);
  if (ghostMs !== undefined) return ghostMs;
  const lostAtMs = controlLostSince(recorder, context);
  return lostAtMs === undefined ? undefined : untilChannelEmpties(lostAtMs, which, context);
}

/** Between the break of the connections and the note about it; an answer is on its way no longer than that. */
const cutLagMs = 500;

function isAmbiguous(start: RequestLine, context: JudgeContext): boolean {
  // A start that took effect under an answer other than 200 is as unknown to its caller as an unanswered one.
  if (!start.answered || start.status !== 200) return true;
  if (context.disturbances.wasForgotten(start.atMs)) return true;
  if (context.disturbances.wereCutOff(start.startedAtMs - cutLagMs, start.atMs + cutLagMs)) return true;
  const limitMs = callLimitMs(start, context.durations);
  return context.disturbances.wasShaken(start.client, start.startedAtMs - limitMs, start.atMs + limitMs);
}

/** End of the first true emptiness after `fromMs` that lasts long enough for Agora's idle exit. */
function untilChannelEmpties(fromMs: number, { trulyOccupied }: ChannelCase, context: JudgeContext): number {
  const { maxIdleMs, migrationMaxMs } = context.durations;
  const idleMs = maxIdleMs + migrationMaxMs;
  let emptySinceMs = fromMs;
  for (const span of trulyOccupied) {
    if (span.endMs <= fromMs) continue;
    if (span.startMs - emptySinceMs > idleMs) break;
    emptySinceMs = span.endMs;
  }
  return emptySinceMs + idleMs;
}

function controlLostSince(recorder: Recorder, context: JudgeContext): number | undefined {
  const lost = recorder.calls.filter(({ code, answered }) => answered && controlLostCodes.has(code));
  const third = lost.find((call, i) => {
    const first = lost[i - 2];
    return first !== undefined && call.atMs - first.atMs <= context.durations.controlLostWindowMs;
  });
  return third?.atMs;
}

const controlLostCodes: ReadonlySet<number | undefined> = new Set([432, 433, 1001, 1003]);

/** Longest stretch of 404 answers (first to last) that reached into this time, ms; -1 = never two of them. */
function suspected404Ms({ repeated404s }: Recorder, fromMs: number, untilMs: number): number {
  const reaching = elementsWithin(repeated404s, (each) => each.atMs, { fromMs, untilMs });
  return reaching.reduce((longest, { atMs, sinceMs }) => Math.max(longest, atMs - sinceMs), -1);
}

/** What a stop may take longer because the recorder was migrating around `atMs`, ms. */
function migratingMs(recorder: Recorder, atMs: number, context: JudgeContext): number {
  const { spacing404Ms, stopSlackMs, graceMs } = context.durations;
  const fromMs = atMs - spacing404Ms;
  const untilMs = atMs + graceMs + stopSlackMs;
  const hasMigrated = recorder.stays.some(
    (stay) =>
      (stay.leftBy === "migration" && stay.leftAtMs >= fromMs && stay.leftAtMs <= untilMs) ||
      (stay.joinedBy === "migration" && stay.joinedAtMs >= fromMs && stay.joinedAtMs <= untilMs),
  );
  const calls = elementsWithin(recorder.calls, (call) => call.atMs, { fromMs, untilMs });
  const was404 = calls.some((call) => call.answered && isNoWorker(call.status, call.code));
  return hasMigrated || was404 ? 3 * spacing404Ms : 0;
}

/** Its planned end is near, or somebody has ordered a new one: within a poll autorec knows. */
function isRotated(recorder: Recorder, metAtMs: number, { durations, rotations }: JudgeContext): boolean {
  const { pollMs, workSlackMs } = durations;
  const ageMs = metAtMs - (recorder.stays[0]?.joinedAtMs ?? metAtMs);
  // The jitter is at most an eighteenth of the planned age.
  if (rotations.afterMs !== undefined && ageMs >= (rotations.afterMs * 17) / 18 - workSlackMs) return true;
  const sinceMs = metAtMs - Math.round(1.1 * pollMs) - pollMs - workSlackMs;
  return rotations.orderedAtMs.some((atMs) => atMs >= sinceMs && atMs <= metAtMs);
}

function isOlder(recorder: Recorder, other: Recorder): boolean {
  return (recorder.stays[0]?.joinedAtMs ?? 0) < (other.stays[0]?.joinedAtMs ?? 0);
}
