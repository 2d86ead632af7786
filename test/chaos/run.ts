import { writeFileSync } from "node:fs";
import { inspect } from "node:util";
import { z } from "zod";
import { positiveNumber, readCommandLine, wholeNumber } from "../support/command-line.ts";
import { intakeProblems } from "../support/count-intake.ts";
import { judgementProblems } from "../support/judged-stack.ts";
import { faultKinds, faults as known } from "./faults.ts";
import { runMix } from "./mix.ts";
import type { MixResult } from "./mix.ts";

/** A run of this length meets every kind of fault, whatever its seed. */
const minutesForAllKinds = 3;

const options = readCommandLine({
  usage: `npm run test:chaos -- [--seed N] [--minutes M] [--channels N] [--json FILE] [--history FILE]
  --seed N        of what is drawn (default 1)
  --minutes M     how long faults happen (default 3)
  --channels N    how many are lived in (default 20)
  --json FILE     write the result as JSON
  --history FILE  where the simulator's history goes (JSON Lines)`,
  options: z.object({
    seed: wholeNumber().default(1),
    minutes: positiveNumber().default(3),
    channels: wholeNumber(1).default(20),
    json: z.string().optional(),
    history: z.string().optional(),
  }),
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { channels, history, json, minutes, seed } = options;
say(`chaos: seed ${String(seed)}, ${String(channels)} channels, ${String(minutes)} minutes`);
let isGood = false;
try {
  const result = await runMix({
    seed,
    minutes,
    channelCount: channels,
    ...(history === undefined ? {} : { historyPath: history }),
    say,
  });
  const problems = problemsOf(result);
  say(describe(result));
  for (const problem of problems) say(`    ${problem}`);
  if (json !== undefined) writeFileSync(json, JSON.stringify(result, undefined, 1));
  isGood = problems.length === 0;
} catch (err) {
  say(`FAILED  ${inspect(err)}`);
}
say(isGood ? "1 passed, 0 failed" : "0 passed, 1 failed");
process.exitCode = isGood ? 0 : 1;

/** Everything that a good run must not have; also a run in which too little happened to prove anything. */
function problemsOf({ judgement, intake, faults }: MixResult): readonly string[] {
  const { counts, uidClashes } = judgement;
  const parts = Object.keys(faults).filter((name) => !name.startsWith("Agora: "));
  const met = new Set(Object.entries(known).flatMap(([name, { kind }]) => (name in faults ? [kind] : [])));
  const missing = minutes < minutesForAllKinds ? [] : faultKinds.filter((kind) => !met.has(kind));
  return [
    ...judgementProblems(judgement),
    ...intakeProblems(intake),
    ...(uidClashes > 0 ? [`I1 ${String(uidClashes)} uid clashes`] : []),
    ...(parts.length === 0 ? ["the run was too short for a fault: give it 1 minute or more"] : []),
    ...missing.map((kind) => `no fault of the kind "${kind}" happened`),
    ...(counts.kills === 0 ? ["no recorder was killed: give it more minutes or channels"] : []),
  ];
}

/** The figures of a run, one a line. */
function describe({ judgement, intake, faults, durationMs, stallMsMax }: MixResult): string {
  const { counts, longestGapByCause, overlaps } = judgement;
  const gaps = Object.entries(longestGapByCause).map(([cause, { ms }]) => `${cause} ${(ms / 1_000).toFixed(1)} s`);
  const explained = overlaps.filter((overlap) => overlap.explained).length;
  const rows: readonly (readonly [string, string])[] = [
    ["time", `${(durationMs / 1_000).toFixed(0)} s; this process stood still for ${stallMsMax.toFixed(0)} ms at most`],
    [
      "life",
      `${String(judgement.channels)} channels, ${String(judgement.sessions)} sessions, ${String(counts.joins)} joins`,
    ],
    [
      "records",
      `${String(intake.records)} of Kafka, ${String(intake.uncommitted)} uncommitted, ${String(intake.deadLetters)} dead letters`,
    ],
    [
      "parts",
      Object.entries(faults)
        .map(([name, times]) => `${name} ${String(times)}`)
        .join(", "),
    ],
    [
      "recorders",
      `${String(judgement.starts)} started, ${String(judgement.restarts)} of them restarts; ${String(counts.kills)} killed (${String(counts.killsSilent)} silently), ${String(counts.migrations)} migrated, ${String(counts.lostAnswers)} answers lost`,
    ],
    ["coverage", `${(100 * judgement.coverageRatio).toFixed(2)} %`],
    ["longest gap", gaps.length === 0 ? "none" : gaps.join(", ")],
    ["overlaps", `${String(judgement.overlapsUnexplained)} unexplained, ${String(explained)} explained`],
    ["clashes", String(judgement.uidClashes)],
    ["left behind", `${String(judgement.leftBehind)}; ${String(judgement.ghostsLive)} ghosts that end by themselves`],
    ["violations", String(judgement.violations.length)],
  ];
  return rows.map(([name, text]) => `  ${name.padEnd(12)}${text}`).join("\n");
}
