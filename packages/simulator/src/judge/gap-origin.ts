import type { RecorderStay } from "./channel-history.ts";
import { stepOf } from "./client-durations.ts";
import { crashLoopWaitMs } from "./crash-loop.ts";
import type { Deadline } from "./disturbances.ts";
import { replacedSince, stopWhileEmpty, type ChannelCase, type JudgeContext } from "./judge-context.ts";
import type { GapCause } from "./judgement.ts";
import { isLeave, leaveAckedAt, type OccupiedSpan } from "./presence.ts";
import { elementsWithin, indexAfter, spanAt, type Span } from "./span.ts";

interface Origin {
  readonly cause: GapCause;
  readonly deadline: Deadline;
  /** Since when the bound has been running; absent = since the gap began. */
  readonly sinceMs?: number;
}

/** Where in its channel's story a gap lies. */
export interface GapPlace {
  readonly gap: Span;
  readonly session: Span;
  /** Of the same session as the gap, before it. */
  readonly attempts: number;
}

/** How a gap began, and until when capture has to be back if nothing else goes wrong. */
export function originOf(place: GapPlace, which: ChannelCase, context: JudgeContext): Origin {
  const { gap } = place;
  const { workSlackMs } = context.durations;
  const span = spanAt(which.occupied, gap.startMs);
  const joinedAtMs = span?.startMs ?? gap.startMs;
  const ended = lastExit(place, which, context);
  if (joinedAtMs === gap.startMs) {
    // Within a session the recorder was expected to be still there: autorec has to find out that it is not.
    if (ended !== undefined && ended.leftBy !== "stop") return expectedRecorder(ended, place, which, context);
    return {
      cause: "start_latency",
      deadline: { atMs: gap.startMs + workSlackMs, parts: [`workSlack ${workSlackMs}`] },
    };
  }
  if (ended === undefined) return unexplained(gap);
  if (ended.leftBy !== "stop") return exitOrigin(ended, place, which, context);
  return stopOrigin(ended, span, place, which, context);
}

function unexplained(gap: Span): Origin {
  return { cause: "unknown", deadline: { atMs: gap.startMs, parts: ["nothing allows it"] } };
}

/** The exit that this gap follows; at equal times anything but a stop, since that is what autorec did not want. */
function lastExit(
  { gap }: GapPlace,
  { channel, sessionsLoose }: ChannelCase,
  context: JudgeContext,
): RecorderStay | undefined {
  const { freshMs, workSlackMs } = context.durations;
  const session = spanAt(sessionsLoose, gap.startMs) ?? gap;
  const { exits } = channel;
  const last = exits[indexAfter(exits, (stay) => stay.leftAtMs, gap.startMs) - 1];
  if (last === undefined || last.leftAtMs < session.startMs) return undefined;
  if (last.leftBy !== "stop") return last;
  // A surplus recorder is stopped on evidence up to freshMs old: the other one may have died meanwhile.
  const fromMs = Math.max(session.startMs, gap.startMs - freshMs - workSlackMs);
  const recent = elementsWithin(exits, (stay) => stay.leftAtMs, { fromMs, untilMs: gap.startMs });
  return recent.findLast((stay) => stay.leftBy !== "stop") ?? last;
}

function expectedRecorder(
  ended: RecorderStay,
  { gap, attempts }: GapPlace,
  which: ChannelCase,
  context: JudgeContext,
): Origin {
  const { coverAfterMs, workSlackMs, migrationMaxMs } = context.durations;
  const isMigration = ended.leftBy === "migration";
  const backoffMs = restartWaitMs(gap.startMs, attempts, which, context);
  const lookAtMs = gap.startMs + coverAfterMs + workSlackMs + backoffMs;
  return {
    cause: isMigration ? "migration" : "recorder_exit",
    deadline: {
      atMs: isMigration ? Math.max(lookAtMs, ended.leftAtMs + migrationMaxMs) : lookAtMs,
      parts: [`coverAfter ${coverAfterMs}`, `workSlack ${workSlackMs}`, `claimBackoff ${backoffMs}`],
    },
  };
}

function exitOrigin(
  ended: RecorderStay,
  { gap, attempts }: GapPlace,
  which: ChannelCase,
  context: JudgeContext,
): Origin {
  const { coverAfterMs, workSlackMs, pollMs, migrationMaxMs } = context.durations;
  const exitAtMs = ended.leftAtMs;
  const backoffMs = restartWaitMs(exitAtMs, attempts, which, context);
  const pollPartMs = Math.round(1.1 * pollMs);
  const restMs = coverAfterMs + workSlackMs + backoffMs;
  const restParts = [`coverAfter ${coverAfterMs}`, `workSlack ${workSlackMs}`, `claimBackoff ${backoffMs}`];
  const silentAtMs = exitAtMs + pollPartMs + restMs;
  if (ended.leftBy === "migration") {
    const windowAtMs = exitAtMs + migrationMaxMs + timerSlackMs;
    const isWindow = windowAtMs <= silentAtMs;
    const parts = isWindow ? [`migration window ${migrationMaxMs}`] : [`1.1 poll ${pollPartMs}`, ...restParts];
    return { cause: "migration", deadline: { atMs: Math.min(windowAtMs, silentAtMs), parts } };
  }
  const publishedAtMs = leavePublishedAt(ended, which);
  const publishedDeadlineMs = publishedAtMs === undefined ? Infinity : Math.max(exitAtMs, publishedAtMs) + restMs;
  const isSilent = silentAtMs < publishedDeadlineMs;
  return {
    cause: "recorder_exit",
    deadline: {
      atMs: Math.max(gap.startMs, Math.min(silentAtMs, publishedDeadlineMs)),
      parts: isSilent ? [`silent: 1.1 poll ${pollPartMs}`, ...restParts] : ["leave published", ...restParts],
    },
  };
}

/** A timer of the simulator that is this late is no fault of anybody. */
const timerSlackMs = 250;

/** What autorec lets pass before it restarts: from the second restart of a session on, and longer when recorders keep dying early. */
function restartWaitMs(untilMs: number, attempts: number, which: ChannelCase, context: JudgeContext): number {
  const backoffMs = attempts < 2 ? 0 : stepOf(context.durations.claimBackoffMs, attempts - 1);
  return Math.max(backoffMs, crashLoopWaitMs(untilMs, which, context));
}

/** When autorec could know from an event that the recorder left; not after a migration announced without clientType. */
function leavePublishedAt(ended: RecorderStay, { channel }: ChannelCase): number | undefined {
  const events = channel.eventsByUid.get(ended.uid) ?? [];
  const isNamed = events.some((event) => !isLeave(event.eventType) && !event.dropped && event.clientType === 10);
  const isKnownUid = ended.joinedBy !== "migration" || isNamed;
  return isKnownUid ? leaveAckedAt(events) : undefined;
}

/** autorec itself ended the last recorder of an occupied channel: right only if it knew of nobody, or of its replacement. */
function stopOrigin(
  ended: RecorderStay,
  span: OccupiedSpan | undefined,
  { gap, attempts }: GapPlace,
  which: ChannelCase,
  context: JudgeContext,
): Origin {
  const { stopSlackMs, workSlackMs } = context.durations;
  if (span !== undefined && stopWhileEmpty(ended.recorder, which, context) !== undefined) {
    const parts = [`workSlack ${workSlackMs} since the rejoin at ${span.startMs - gap.startMs}`];
    return {
      cause: "start_latency",
      deadline: { atMs: span.startMs + workSlackMs, parts },
      sinceMs: Math.min(gap.startMs, span.startMs),
    };
  }
  const replacedAtMs = replacedSince(ended.recorder, context);
  if (replacedAtMs !== undefined && replacedAtMs <= gap.startMs) {
    const backoffMs = restartWaitMs(gap.startMs, attempts, which, context);
    const parts = [`workSlack ${workSlackMs} since the query that asked for it`, `claimBackoff ${backoffMs}`];
    return { cause: "recorder_exit", deadline: { atMs: replacedAtMs + workSlackMs + backoffMs, parts } };
  }
  const ageMs = ended.leftAtMs - (ended.recorder.stays[0]?.joinedAtMs ?? ended.leftAtMs);
  if (ageMs >= (context.rotations.givesWayAfterMs ?? Infinity)) {
    // Its successor got no worker: this one's is free when its stop is certain.
    const parts = [`stopSlack ${stopSlackMs}`, `workSlack ${workSlackMs}`];
    return { cause: "quota_workers", deadline: { atMs: ended.leftAtMs + stopSlackMs + workSlackMs, parts } };
  }
  return unexplained(gap);
}
