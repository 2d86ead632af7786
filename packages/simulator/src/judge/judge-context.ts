import type { RequestLine } from "../history/history-line.ts";
import type { ChannelHistory, Recorder } from "./channel-history.ts";
import type { ClientDurations } from "./client-durations.ts";
import type { Disturbances } from "./disturbances.ts";
import { indexAfter, type Span } from "./span.ts";
import type { OccupiedSpan } from "./presence.ts";
import type { Trouble } from "./provider-trouble.ts";

/** What the judges of all channels share; all of it comes from the history. */
export interface JudgeContext {
  readonly durations: ClientDurations;
  readonly disturbances: Disturbances;
  readonly troubleOf: (request: RequestLine) => Trouble | undefined;
  /** Arrival of every request of the account, ascending. */
  readonly requestStartsMs: readonly number[];
  readonly requestsPerSecond?: number;
  /** Recorders that the rule asks for; with 2 each parity of uids is a slot of its own. */
  readonly recorders: 1 | 2;
  readonly rotations: Rotations;
  readonly startAtMs: number;
  readonly endAtMs: number;
}

/** When autorec may replace a recorder that does well. */
export interface Rotations {
  /** Age at which a recorder is replaced as planned, ms; absent = none is. */
  readonly afterMs?: number;
  /** Age from which one is stopped before its successor, if that gets no worker, ms; absent = none is. */
  readonly givesWayAfterMs?: number;
  /** Notes `rotation-ordered`: the rules have changed, or an operator has asked for it. */
  readonly orderedAtMs: readonly number[];
}

/** One channel with its presence worked out. */
export interface ChannelCase {
  readonly channel: ChannelHistory;
  /** As delivered. */
  readonly occupied: readonly OccupiedSpan[];
  readonly trulyOccupied: readonly OccupiedSpan[];
  readonly empty: readonly EmptySpan[];
  readonly sessions: readonly Span[];
  /** As autorec may see them, whose grace ends up to workSlack later. */
  readonly sessionsLoose: readonly Span[];
}

/** A stretch without anybody, as delivered. */
export interface EmptySpan extends Span {
  /** Grace that its last leave grants, ms. */
  readonly graceMs: number;
}

/** Agora's leave reasons after which nobody is expected back: the shorter grace. */
const normalReasons: ReadonlySet<number | undefined> = new Set([1, 3]);

export function emptySpans(occupied: readonly OccupiedSpan[], context: JudgeContext): readonly EmptySpan[] {
  const { graceMs, graceNormalMs } = context.durations;
  const spans: EmptySpan[] = [];
  let startMs = context.startAtMs;
  let reason: number | undefined;
  for (const span of occupied) {
    if (span.startMs > startMs) {
      spans.push({ startMs, endMs: span.startMs, graceMs: normalReasons.has(reason) ? graceNormalMs : graceMs });
    }
    startMs = span.endMs;
    reason = span.endReason;
  }
  if (startMs < context.endAtMs) {
    spans.push({ startMs, endMs: context.endAtMs, graceMs: normalReasons.has(reason) ? graceNormalMs : graceMs });
  }
  return spans;
}

/** Occupied stretches with breaks shorter than their grace + `slackMs` counted in. */
export function sessionSpans(
  occupied: readonly OccupiedSpan[],
  empty: readonly EmptySpan[],
  slackMs: number,
): readonly Span[] {
  const breaks = new Map(empty.map((span) => [span.startMs, span]));
  const sessions: Span[] = [];
  for (const span of occupied) {
    const last = sessions.at(-1);
    const pause = last === undefined ? undefined : breaks.get(last.endMs);
    const isSame = last !== undefined && (pause === undefined || pause.endMs - pause.startMs < pause.graceMs + slackMs);
    if (isSame) sessions.splice(-1, 1, { startMs: last.startMs, endMs: span.endMs });
    else sessions.push({ startMs: span.startMs, endMs: span.endMs });
  }
  return sessions;
}

/** The first stop of this recorder was sent while, as far as autorec could know, nobody was there; the empty stretch it rested on. */
export function stopWhileEmpty(
  recorder: Recorder,
  { empty }: ChannelCase,
  context: JudgeContext,
): EmptySpan | undefined {
  if (recorder.firstStop === undefined) return undefined;
  const sentAtMs = recorder.firstStop.startedAtMs;
  const span = empty[indexAfter(empty, (each) => each.startMs, sentAtMs) - 1];
  if (span === undefined) return undefined;
  const { workSlackMs } = context.durations;
  const knownUntil = { atMs: span.endMs + workSlackMs, parts: [] };
  return sentAtMs <= context.disturbances.extend(span.endMs, knownUntil).atMs ? span : undefined;
}

/** The slot of a recorder, told by the parity of the uid that it was started with: a migration draws any. */
export function slotOf(recorder: Recorder, { recorders }: JudgeContext): number {
  return recorders === 1 ? 0 : (recorder.stays[0]?.uid ?? 0) % 2;
}

/** When "this recorder has to be replaced" was answered to a query, ms; absent when it never was. */
export function replacedSince(recorder: Recorder, context: JudgeContext): number | undefined {
  const joinedAtMs = recorder.stays[0]?.joinedAtMs ?? 0;
  const evidence = recorder.oddQueries.find(({ recorderStatus = 0, atMs }) => {
    const isOver = recorderStatus === 20 || (recorderStatus >= 6 && recorderStatus <= 8);
    const isStuck = recorderStatus <= 3 && atMs - joinedAtMs >= context.durations.confirmLimitMs;
    return isOver || isStuck;
  });
  return evidence?.atMs;
}
