import type { ClientDurations } from "./client-durations.ts";
import type { Judgement, LongestGap, Violation } from "./judgement.ts";

/** What the demo writes with `--summary`; JSON. */
export interface Summary {
  readonly sessions: number;
  readonly starts: number;
  readonly restarts: number;
  readonly coverageRatio: number;
  /** Absent when there was none. */
  readonly longestGap?: LongestGap;
  readonly overlapsUnexplained: number;
  readonly uidClashes: number;
  readonly leftBehind: number;
  readonly violations: readonly Violation[];
  readonly durations: Readonly<Partial<Record<keyof ClientDurations, number | readonly number[]>>>;
  readonly historyPath?: string;
  readonly seed?: number | string;
}

export function summarize(judgement: Judgement, historyPath?: string): Summary {
  const { sessions, starts, restarts, coverageRatio, longestGap, overlapsUnexplained, uidClashes, leftBehind } =
    judgement;
  const { violations, durations, seed } = judgement;
  return {
    sessions,
    starts,
    restarts,
    coverageRatio,
    ...(longestGap === undefined ? {} : { longestGap }),
    overlapsUnexplained,
    uidClashes,
    leftBehind,
    violations,
    durations,
    ...(historyPath === undefined ? {} : { historyPath }),
    ...(seed === undefined ? {} : { seed }),
  };
}

const violationsShown = 10;

/** The judgement for people: aligned lines, no colour, violations last. */
export function formatSummary(judgement: Judgement, historyPath?: string): string {
  const { counts, longestGap, overlaps, violations } = judgement;
  const explained = overlaps.filter((overlap) => overlap.explained).length;
  const gap =
    longestGap === undefined ? "none" : `${seconds(longestGap.ms)} in ${longestGap.channelName} (${longestGap.cause})`;
  const rows: readonly (readonly [string, string])[] = [
    [
      "sessions",
      `${judgement.sessions} in ${judgement.channels} channels, ${counts.joins} joins, ${counts.leaves} leaves`,
    ],
    [
      "recorders",
      `${judgement.starts} started, ${judgement.restarts} of them restarts; ${counts.kills} killed (${counts.killsSilent} silently), ${counts.migrations} migrated, ${counts.lostAnswers} answers lost`,
    ],
    [
      "coverage",
      `${(100 * judgement.coverageRatio).toFixed(3)} % of ${seconds(judgement.occupiedMs)}; longest gap ${gap}`,
    ],
    ["overlaps", `${judgement.overlapsUnexplained} unexplained, ${explained} explained`],
    ["uid clashes", String(judgement.uidClashes)],
    ["left behind", `${judgement.leftBehind} recorders, ${judgement.ghostsLive} ghosts that end by themselves`],
    ["invariants", violations.length === 0 ? "all hold" : `${violations.length} broken`],
    ...(judgement.presenceFrom === "participants"
      ? [["presence", "true presence: the history has no events"] as const]
      : []),
    ...(judgement.durationsAssumed.length === 0
      ? []
      : [
          [
            "durations",
            `the history lacks ${judgement.durationsAssumed.length} of autorec's; Agora's real figures were taken`,
          ] as const,
        ]),
    ...(historyPath === undefined ? [] : [["history", historyPath] as const]),
    ...(judgement.seed === undefined ? [] : [["seed", String(judgement.seed)] as const]),
  ];
  const more = violations.length - violationsShown;
  return [
    ...rows.map(([name, text]) => `${name.padEnd(12)} ${text}`),
    ...violations.slice(0, violationsShown).map((each) => `  ${each.invariant} ${each.channelName}: ${each.message}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ].join("\n");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
