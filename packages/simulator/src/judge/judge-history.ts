import type { HistoryLine, RecoveryOfRule, RequestLine, SimulationSettings } from "../history/history-line.ts";
import { splitByChannel, type ChannelHistory } from "./channel-history.ts";
import { readClientDurations, type ClientDurations } from "./client-durations.ts";
import { readDisturbances } from "./disturbances.ts";
import {
  emptySpans,
  sessionSpans,
  slotOf,
  type ChannelCase,
  type JudgeContext,
  type Rotations,
} from "./judge-context.ts";
import { judgeGaps } from "./judge-gaps.ts";
import { judgeOverlaps } from "./judge-overlaps.ts";
import { judgeStops } from "./judge-stops.ts";
import { judgeUids } from "./judge-uids.ts";
import type { Gap, GapCause, HistoryCounts, Judgement, LongestGap, Overlap, Violation } from "./judgement.ts";
import { deliveredOccupancy, leaveAckedAt, trueOccupancy, type PresenceRules } from "./presence.ts";
import { readTroubles } from "./provider-trouble.ts";
import { indexAfter, totalMs } from "./span.ts";

export interface JudgeOptions {
  /** Win over what the history says under `settings.client`, e.g. `coverAfterMs` or the grace of the rule in force. */
  readonly durations?: Partial<ClientDurations>;
  /** Recoveries of rules; win over the history's `settings.recoveries`. Default: `durations.coverAfterMs` for all channels. */
  readonly recoveries?: readonly RecoveryOfRule[];
  readonly channelType?: 0 | 1;
  /** Recorders that the rule asks for; wins over the history's `settings.recorders`. Default 1. */
  readonly recorders?: 1 | 2;
  /** Age at which a recorder is replaced as planned, ms; wins over `settings.client.rotateAfterMs`. Default: none is. */
  readonly rotateAfterMs?: number;
  /** 429 and 406 answers that no fault injected become violations of I7. Default: they are only counted. */
  readonly quotaIsJudged?: boolean;
  /** Uids that never are participants. Default 4 000 000 000 – 4 294 967 293. */
  readonly reservedUids?: { readonly min: number; readonly max: number };
}

/** Judges a whole history as contracts.md §5 says, from its lines alone; the same lines always give the same judgement. */
export function judgeHistory(lines: Iterable<HistoryLine>, options?: JudgeOptions): Judgement;
export function judgeHistory(lines: AsyncIterable<HistoryLine>, options?: JudgeOptions): Promise<Judgement>;
export function judgeHistory(
  lines: Iterable<HistoryLine> | AsyncIterable<HistoryLine>,
  options: JudgeOptions = {},
): Judgement | Promise<Judgement> {
  if (Symbol.iterator in lines) return judgeLines([...lines], options);
  return collect(lines).then((all) => judgeLines(all, options));
}

async function collect(lines: AsyncIterable<HistoryLine>): Promise<readonly HistoryLine[]> {
  const all: HistoryLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

function judgeLines(unsorted: readonly HistoryLine[], options: JudgeOptions): Judgement {
  const lines = untilRunEnded(unsorted.toSorted((a, b) => a.seq - b.seq));
  const settings = settingsOf(lines);
  const startAtMs = lines[0]?.atMs ?? 0;
  const endAtMs = lines.reduce((end, line) => Math.max(end, line.atMs), startAtMs);
  const { durations, assumed } = readClientDurations(settings.client ?? {}, options.durations ?? {});
  const { troubleOf, faultOf } = readTroubles(lines, durations);
  const { requestsPerSecond, seed } = settings;
  const context: JudgeContext = {
    durations,
    disturbances: readDisturbances(lines, durations, endAtMs),
    troubleOf,
    requestStartsMs: lines.flatMap((line) => (line.kind === "request" ? [line.startedAtMs] : [])).sort((a, b) => a - b),
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    recorders: options.recorders ?? settings.recorders ?? 1,
    rotations: readRotations(lines, {
      afterMs: options.rotateAfterMs ?? settings.client?.["rotateAfterMs"],
      waitMs: settings.client?.["rotateWaitMs"],
    }),
    startAtMs,
    endAtMs,
  };
  const rules: PresenceRules = {
    channelType: options.channelType ?? settings.channelType ?? 0,
    reservedUids: options.reservedUids ?? { min: 4_000_000_000, max: 4_294_967_293 },
    endAtMs,
  };
  const hasEvents = lines.some((line) => line.kind === "event");
  const channels = splitByChannel(lines, endAtMs);
  const cases = channels.map((channel) => caseOf(channel, hasEvents, rules, context));
  const findings = judgeCases(cases, context, options.recoveries ?? settings.recoveries ?? []);
  const quota = quotaFindings(lines, faultOf, options.quotaIsJudged === true);
  const violations = [...findings.violations, ...quota.violations].sort((a, b) => a.atMs - b.atMs);
  return {
    ...findings.figures,
    violations,
    counts: { ...countLines(lines, channels, hasEvents), ...quota.counts },
    presenceFrom: hasEvents ? "events" : "participants",
    durations: { ...durations },
    durationsAssumed: assumed,
    channels: channels.length,
    lines: lines.length,
    lengthMs: endAtMs - startAtMs,
    ...(seed === undefined ? {} : { seed }),
  };
}

function readRotations(
  lines: readonly HistoryLine[],
  { afterMs, waitMs }: { readonly afterMs: unknown; readonly waitMs: unknown },
): Rotations {
  const orderedAtMs = lines.flatMap((line) =>
    line.kind === "note" && line.note === "rotation-ordered" ? [line.atMs] : [],
  );
  if (typeof afterMs !== "number") return { orderedAtMs };
  const longestMs = afterMs / 4;
  const givesWayAfterMs = afterMs + (typeof waitMs === "number" ? Math.min(waitMs, longestMs) : longestMs);
  return { orderedAtMs, afterMs, givesWayAfterMs };
}

function untilRunEnded(lines: readonly HistoryLine[]): readonly HistoryLine[] {
  const end = lines.findIndex((line) => line.kind === "note" && line.note === "run-ended");
  return end === -1 ? lines : lines.slice(0, end + 1);
}

function settingsOf(lines: readonly HistoryLine[]): SimulationSettings {
  return lines.find((line) => line.kind === "simulation-started")?.settings ?? {};
}

function caseOf(channel: ChannelHistory, hasEvents: boolean, rules: PresenceRules, context: JudgeContext): ChannelCase {
  const trulyOccupied = trueOccupancy(channel, rules);
  const occupied = hasEvents ? deliveredOccupancy(channel, rules) : trulyOccupied;
  const empty = emptySpans(occupied, context);
  const sessions = sessionSpans(occupied, empty, 0);
  const sessionsLoose = sessionSpans(occupied, empty, context.durations.workSlackMs);
  return { channel, occupied, trulyOccupied, empty, sessions, sessionsLoose };
}

type Figures = Omit<
  Judgement,
  | "violations"
  | "counts"
  | "presenceFrom"
  | "durations"
  | "durationsAssumed"
  | "channels"
  | "lines"
  | "lengthMs"
  | "seed"
>;

/** Bounds of a channel: those of the run, with the recovery of its own rule. */
function withRecovery(context: JudgeContext, recoveries: readonly RecoveryOfRule[], channelName: string): JudgeContext {
  const own = recoveries.find(({ channel }) =>
    channel.endsWith("*") ? channelName.startsWith(channel.slice(0, -1)) : channelName === channel,
  );
  if (own === undefined) return context;
  return { ...context, durations: { ...context.durations, coverAfterMs: own.coverAfterMs } };
}

function judgeCases(
  cases: readonly ChannelCase[],
  context: JudgeContext,
  recoveries: readonly RecoveryOfRule[],
): { readonly figures: Figures; readonly violations: readonly Violation[] } {
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

function countLines(
  lines: readonly HistoryLine[],
  channels: readonly ChannelHistory[],
  hasEvents: boolean,
): Omit<HistoryCounts, "requests429" | "requests406"> {
  const silentKills = new Set<number>();
  let joins = 0;
  let leaves = 0;
  let eventsPublished = 0;
  let eventsDropped = 0;
  let lostAnswers = 0;
  for (const line of lines) {
    if (line.kind === "participant-joined") joins += 1;
    if (line.kind === "participant-left") leaves += 1;
    if (line.kind === "event" && line.dropped) eventsDropped += 1;
    if (line.kind === "event" && !line.dropped) eventsPublished += 1;
    if (line.kind === "request" && line.applied && !line.answered) lostAnswers += 1;
    if (line.kind === "fault" && line.silent === true && line.uid !== undefined) silentKills.add(line.uid);
  }
  const killed = channels.flatMap(({ stays, eventsByUid }) =>
    stays
      .filter((stay) => stay.leftBy === "killed")
      .map(({ uid }) => silentKills.has(uid) || (hasEvents && leaveAckedAt(eventsByUid.get(uid)) === undefined)),
  );
  const stays = channels.flatMap((channel) => channel.stays);
  return {
    joins,
    leaves,
    eventsPublished,
    eventsDropped,
    kills: killed.length,
    killsSilent: killed.filter(Boolean).length,
    lostAnswers,
    migrations: stays.filter((stay) => stay.leftBy === "migration").length,
  };
}

function quotaFindings(
  lines: readonly HistoryLine[],
  faultOf: (request: RequestLine) => string | undefined,
  isJudged: boolean,
): { readonly counts: Pick<HistoryCounts, "requests429" | "requests406">; readonly violations: readonly Violation[] } {
  const meant = lines.filter((line) => line.kind === "request").filter((request) => faultOf(request) === undefined);
  const throttled = meant.filter((request) => request.status === 429);
  const overWorkers = meant.filter((request) => request.code === 406);
  const violations = [...throttled, ...overWorkers].map(
    ({ atMs, call, channelName = "", status = 0, code = 0 }): Violation => ({
      invariant: "I7",
      channelName,
      atMs,
      message: `${call} was refused with ${status}/${code}: the quota was exceeded`,
    }),
  );
  return {
    counts: { requests429: throttled.length, requests406: overWorkers.length },
    violations: isJudged ? violations : [],
  };
}
