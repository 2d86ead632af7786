import type { RecorderStay } from "./channel-history.ts";
import type { ChannelCase, JudgeContext } from "./judge-context.ts";
import type { Overlap } from "./judgement.ts";
import { meetingExcuses, standingExcuses, type Excuse } from "./recorder-excuses.ts";
import { mergeSpans, subtractSpans, type Span } from "./span.ts";

/** I2: every longest stretch with more than one live recorder, with the exception that allows it, if one does. */
export function judgeOverlaps(which: ChannelCase, context: JudgeContext): readonly Overlap[] {
  return groupsOfOverlap(which.channel.stays).flatMap((group) => {
    const excused = group.map((stay) => ({ stay, excuses: excusesIn(stay, group, which, context) }));
    return crowdedSpans(group).map((span) => judgeOverlap(span, excused, which));
  });
}

interface ExcusedStay {
  readonly stay: RecorderStay;
  readonly excuses: readonly Excuse[];
}

function judgeOverlap(span: Span, group: readonly ExcusedStay[], { channel }: ChannelCase): Overlap {
  const live = group.filter(({ stay }) => stay.joinedAtMs < span.endMs && stay.leftAtMs > span.startMs);
  const unexcused = live.flatMap(({ stay, excuses }) =>
    subtractSpans(
      [{ startMs: Math.max(stay.joinedAtMs, span.startMs), endMs: Math.min(stay.leftAtMs, span.endMs) }],
      mergeSpans(excuses.map(({ fromMs, untilMs }) => ({ startMs: fromMs, endMs: untilMs }))),
    ),
  );
  const [firstFault] = crowded(unexcused);
  const excuses = live.flatMap((each) => each.excuses).filter(({ fromMs, untilMs }) => fromMs < span.endMs && untilMs > span.startMs);
  const furthest = excuses.reduce<Excuse | undefined>(
    (best, excuse) => (best === undefined || excuse.untilMs > best.untilMs ? excuse : best),
    undefined,
  );
  const allowedUntilMs = firstFault?.startMs ?? furthest?.untilMs ?? span.endMs;
  return {
    appId: channel.appId,
    channelName: channel.channelName,
    uids: [...new Set(live.map(({ stay }) => stay.uid))],
    startMs: span.startMs,
    endMs: span.endMs,
    exception: furthest?.exception ?? "none",
    allowedMs: allowedUntilMs - span.startMs,
    explained: firstFault === undefined,
  };
}

function excusesIn(
  stay: RecorderStay,
  group: readonly RecorderStay[],
  which: ChannelCase,
  context: JudgeContext,
): readonly Excuse[] {
  const standing = standingExcuses(stay.recorder, which, context);
  if (standing.some((excuse) => excuse.fromMs <= stay.joinedAtMs && excuse.untilMs >= stay.leftAtMs)) return standing;
  const met = group.flatMap((other) => {
    const metAtMs = Math.max(stay.joinedAtMs, other.joinedAtMs);
    const areTogether = other !== stay && metAtMs < Math.min(stay.leftAtMs, other.leftAtMs);
    return areTogether ? meetingExcuses(stay.recorder, metAtMs, context) : [];
  });
  return [...standing, ...met];
}

/** Stays that hang together by overlaps; `stays` ascend by `joinedAtMs`. */
function groupsOfOverlap(stays: readonly RecorderStay[]): readonly (readonly RecorderStay[])[] {
  const groups: RecorderStay[][] = [];
  let endMs = -Infinity;
  for (const stay of stays) {
    const last = groups.at(-1);
    if (last === undefined || stay.joinedAtMs >= endMs) groups.push([stay]);
    else last.push(stay);
    endMs = Math.max(endMs, stay.leftAtMs);
  }
  return groups.filter((group) => group.length > 1);
}

function crowdedSpans(stays: readonly RecorderStay[]): readonly Span[] {
  return crowded(stays.map((stay) => ({ startMs: stay.joinedAtMs, endMs: stay.leftAtMs })));
}

/** Longest stretches that lie in two or more of the spans. */
function crowded(spans: readonly Span[]): readonly Span[] {
  const steps = spans
    .filter((span) => span.endMs > span.startMs)
    .flatMap((span) => [
      { atMs: span.startMs, by: 1 },
      { atMs: span.endMs, by: -1 },
    ]);
  // Ends before starts: who leaves at the moment the other joins has not met it.
  steps.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  const found: Span[] = [];
  let count = 0;
  let since = 0;
  for (const { atMs, by } of steps) {
    const wasCrowded = count > 1;
    count += by;
    if (!wasCrowded && count > 1) since = atMs;
    if (wasCrowded && count <= 1) found.push({ startMs: since, endMs: atMs });
  }
  return mergeSpans(found);
}
