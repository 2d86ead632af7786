import type { HistoryLine, RecoveryOfRule, SimulationSettings } from "../history/history-line.ts";
import { splitByChannel, type ChannelHistory } from "./channel-history.ts";
import { readClientDurations, type ClientDurations } from "./client-durations.ts";
import { countLines } from "./count-lines.ts";
import { readDisturbances } from "./disturbances.ts";
import { judgeCases } from "./judge-cases.ts";
import { emptySpans, sessionSpans, type ChannelCase, type JudgeContext, type Rotations } from "./judge-context.ts";
import { judgeQuota } from "./judge-quota.ts";
import type { Judgement } from "./judgement.ts";
import { deliveredOccupancy, trueOccupancy, type PresenceRules } from "./presence.ts";
import { readTroubles } from "./provider-trouble.ts";

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
  const quota = judgeQuota(lines, faultOf);
  const refused = options.quotaIsJudged === true ? quota.violations : [];
  return {
    ...findings.figures,
    violations: [...findings.violations, ...refused].sort((a, b) => a.atMs - b.atMs),
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
