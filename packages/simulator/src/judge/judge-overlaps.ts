import type { RecorderStay } from "./channel-history.ts";
import { slotOf, type ChannelCase, type JudgeContext } from "./judge-context.ts";
import type { Overlap } from "./judgement.ts";
import { meetingExcuses, standingExcuses, type Excuse } from "./recorder-excuses.ts";
import { indexAfter, mergeSpans, subtractSpans, type Span } from "./span.ts";

/** I2: every longest stretch with more than one live recorder, with the exception that allows it, if one does. */
export function judgeOverlaps(which: ChannelCase, context: JudgeContext): readonly Overlap[] {
  const bySlot = Map.groupBy(which.channel.stays, ({ recorder }) => slotOf(recorder, context));
  return [...bySlot.values()].flatMap((stays) => judgeSlot(stays, which, context));
}

/** Two recorders of one slot are one too many; one of each is what the rule asks for. */
function judgeSlot(stays: readonly RecorderStay[], which: ChannelCase, context: JudgeContext): readonly Overlap[] {
  const spans = crowded(stays.map((stay) => ({ startMs: stay.joinedAtMs, endMs: stay.leftAtMs })));
  const meetings = spans.map((span) => ({ span, live: new Array<StandingStay>() }));
  for (const stay of stays) {
    let standing: readonly Excuse[] | undefined;
    for (let i = indexAfter(spans, (span) => span.endMs, stay.joinedAtMs); i < meetings.length; i += 1) {
      const meeting = meetings[i];
      if (meeting === undefined || meeting.span.startMs >= stay.leftAtMs) break;
      standing ??= standingExcuses(stay.recorder, which, context);
      meeting.live.push({ stay, standing });
    }
  }
  return meetings.map(({ span, live }) => {
    const excused = live.map((each) => ({ stay: each.stay, excuses: excusesIn(each, live, context) }));
    return judgeOverlap(span, excused, which);
  });
}

interface StandingStay {
  readonly stay: RecorderStay;
  readonly standing: readonly Excuse[];
}

interface ExcusedStay {
  readonly stay: RecorderStay;
  readonly excuses: readonly Excuse[];
}

function judgeOverlap(span: Span, live: readonly ExcusedStay[], { channel }: ChannelCase): Overlap {
  const unexcused = live.flatMap(({ stay, excuses }) =>
    subtractSpans(
      [{ startMs: Math.max(stay.joinedAtMs, span.startMs), endMs: Math.min(stay.leftAtMs, span.endMs) }],
      mergeSpans(excuses.map(({ fromMs, untilMs }) => ({ startMs: fromMs, endMs: untilMs }))),
    ),
  );
  const [firstFault] = crowded(unexcused);
  const [named] = live
    .flatMap((each) => each.excuses)
    .filter(({ fromMs, untilMs }) => fromMs < span.endMs && untilMs > span.startMs)
    .toSorted((a, b) => coveredMs(b, span) - coveredMs(a, span) || b.untilMs - a.untilMs);
  const allowedUntilMs = firstFault?.startMs ?? named?.untilMs ?? span.endMs;
  return {
    appId: channel.appId,
    channelName: channel.channelName,
    uids: [...new Set(live.map(({ stay }) => stay.uid))],
    startMs: span.startMs,
    endMs: span.endMs,
    exception: named?.exception ?? "none",
    allowedMs: allowedUntilMs - span.startMs,
    explained: firstFault === undefined,
  };
}

/** How much of the overlap an excuse covers: the one that covers most gives it its name. */
function coveredMs(excuse: Excuse, span: Span): number {
  return Math.min(excuse.untilMs, span.endMs) - Math.max(excuse.fromMs, span.startMs);
}

function excusesIn(
  { stay, standing }: StandingStay,
  live: readonly StandingStay[],
  context: JudgeContext,
): readonly Excuse[] {
  if (standing.some((excuse) => excuse.fromMs <= stay.joinedAtMs && excuse.untilMs >= stay.leftAtMs)) return standing;
  const met = live.flatMap(({ stay: other }) => {
    const metAtMs = Math.max(stay.joinedAtMs, other.joinedAtMs);
    const areTogether = other !== stay && metAtMs < Math.min(stay.leftAtMs, other.leftAtMs);
    return areTogether ? meetingExcuses(stay.recorder, metAtMs, context, other.recorder) : [];
  });
  return [...standing, ...met];
}

/** Longest stretches that lie in two or more of the spans. */
function crowded(spans: readonly Span[]): readonly Span[] {
  const steps = spans
    .filter((span) => span.endMs > span.startMs)
    .flatMap((span) => [
      { atMs: span.startMs, by: 1 },
      { atMs: span.endMs, by: -1 },
    ]);
  steps.sort((a, b) => a.atMs - b.atMs);
  const found: Span[] = [];
  let count = 0;
  let since = 0;
  for (const { atMs, by } of steps) {
    const wasCrowded = count > 1;
    count += by;
    if (!wasCrowded && count > 1) since = atMs;
    if (wasCrowded && count <= 1) found.push({ startMs: since, endMs: atMs });
  }
  // Without the empty spans: who leaves at the moment the other joins has not met it.
  return mergeSpans(found);
}
