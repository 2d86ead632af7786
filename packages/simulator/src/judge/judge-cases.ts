import type { RecoveryOfRule } from "../history/history-line.ts";
import type { ChannelHistory } from "./channel-history.ts";
import { slotOf, type ChannelCase, type JudgeContext } from "./judge-context.ts";
import { judgeGaps } from "./judge-gaps.ts";
import { judgeOverlaps } from "./judge-overlaps.ts";
import { judgeStops } from "./judge-stops.ts";
import { judgeUids } from "./judge-uids.ts";
import type { ChannelFigures, Gap, GapCause, LongestGap, Overlap, Violation } from "./judgement.ts";
import { indexAfter, totalMs } from "./span.ts";

/** What all channels come to together, and what breaks I1 to I4 in one of them. */
export interface CaseFindings {
  readonly figures: ChannelFigures;
  readonly violations: readonly Violation[];
}

/** I1 to I4 in every channel, each by the recovery of its own rule. */
export function judgeCases(
  cases: readonly ChannelCase[],
  context: JudgeContext,
  recoveries: readonly RecoveryOfRule[],
): CaseFindings {
  const contextOf = ({ channelName }: ChannelHistory): JudgeContext => withRecovery(context, recoveries, channelName);
  const clashes = cases.flatMap(({ channel }) => judgeUids(channel));
  const overlaps = cases.flatMap((each) => judgeOverlaps(each, contextOf(each.channel)));
  const gaps = cases.flatMap((each) => judgeGaps(each, contextOf(each.channel)));
  const stops = cases.map((each) => judgeStops(each, contextOf(each.channel)));
  const starts = cases.map((each) => startsOf(each, context));
  const occupiedMs = cases.reduce((sum, each) => sum + totalMs(each.occupied), 0);
  const coveredMs = occupiedMs - gaps.reduce((sum, gap) => sum + gap.ms, 0);
  const longestGap = longestOf(gaps);
  return {
    figures: {
      sessions: cases.reduce((sum, each) => sum + each.sessions.length, 0),
      starts: starts.reduce((sum, each) => sum + each.starts, 0),
      restarts: starts.reduce((sum, each) => sum + each.restarts, 0),
      coverageRatio: occupiedMs === 0 ? 1 : coveredMs / occupiedMs,
      occupiedMs,
      coveredMs,
      gaps,
      ...(longestGap === undefined ? {} : { longestGap }),
      longestGapByCause: longestByCause(gaps),
      overlaps,
      overlapsUnexplained: overlaps.filter((overlap) => !overlap.explained).length,
      uidClashes: clashes.length,
      leftBehind: stops.reduce((sum, each) => sum + each.leftBehind, 0),
      ghostsLive: stops.reduce((sum, each) => sum + each.ghostsLive, 0),
    },
    violations: [
      ...clashes,
      ...overlaps.filter((overlap) => !overlap.explained).map(overlapViolation),
      ...gaps.filter((gap) => !gap.explained).map(gapViolation),
      ...stops.flatMap((each) => each.violations),
    ],
  };
}

/** Bounds of a channel: those of the run, with the recovery of its own rule. */
function withRecovery(context: JudgeContext, recoveries: readonly RecoveryOfRule[], channelName: string): JudgeContext {
  const own = recoveries.find(({ channel }) =>
    channel.endsWith("*") ? channelName.startsWith(channel.slice(0, -1)) : channelName === channel,
  );
  if (own === undefined) return context;
  return { ...context, durations: { ...context.durations, coverAfterMs: own.coverAfterMs } };
}

function startsOf(
  { channel, sessions }: ChannelCase,
  context: JudgeContext,
): { readonly starts: number; readonly restarts: number } {
  const started = channel.stays.filter((stay) => stay.joinedBy !== "migration");
  const seen = new Set<string>();
  for (const { joinedAtMs, recorder } of started) {
    const session = indexAfter(sessions, (each) => each.startMs, joinedAtMs + acknowledgementLagMs);
    seen.add(`${session} ${slotOf(recorder, context)}`);
  }
  return { starts: started.length, restarts: started.length - seen.size };
}

/** A recorder may come up this long before Kafka's acknowledgement of the join that called it. */
const acknowledgementLagMs = 250;

function overlapViolation(overlap: Overlap): Violation {
  const { channelName, startMs, endMs, uids, exception, allowedMs } = overlap;
  const allowed = exception === "none" ? "no exception allows it" : `${exception} allows ${allowedMs} ms`;
  return {
    invariant: "I2",
    channelName,
    atMs: startMs + allowedMs,
    message: `recorders ${uids.join(", ")} live together for ${endMs - startMs} ms; ${allowed}`,
  };
}

function gapViolation({ channelName, startMs, ms, cause, allowedMs, bound }: Gap): Violation {
  const message = `occupied and not recorded for ${ms} ms (${cause}); allowed ${allowedMs} ms: ${bound}`;
  return { invariant: "I3", channelName, atMs: startMs + allowedMs, message };
}

function longestOf(gaps: readonly Gap[]): LongestGap | undefined {
  const longest = gaps.reduce<Gap | undefined>(
    (best, gap) => (best === undefined || gap.ms > best.ms ? gap : best),
    undefined,
  );
  return longest && { ms: longest.ms, cause: longest.cause, channelName: longest.channelName };
}

function longestByCause(gaps: readonly Gap[]): Partial<Record<GapCause, LongestGap>> {
  const longest: Partial<Record<GapCause, LongestGap>> = {};
  for (const { ms, cause, channelName } of gaps) {
    if (ms > (longest[cause]?.ms ?? -1)) longest[cause] = { ms, cause, channelName };
  }
  return longest;
}
