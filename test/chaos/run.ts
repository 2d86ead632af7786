import { writeFileSync } from "node:fs";
import { inspect, parseArgs } from "node:util";
import { intakeProblems } from "../support/count-intake.ts";
import { judgementProblems } from "../support/judged-stack.ts";
import { faultKinds, faults as known } from "./faults.ts";
import { runMix } from "./mix.ts";
import type { MixResult } from "./mix.ts";

/** A run of this length meets every kind of fault, whatever its seed. */
const minutesForAllKinds = 3;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "3" },
    channels: { type: "string", default: "20" },
    json: { type: "string" },
    history: { type: "string" },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`chaos: seed ${values.seed}, ${values.channels} channels, ${values.minutes} minutes`);
let isGood = false;
try {
  const result = await runMix({
    seed: numberOf("seed", values.seed),
    minutes: numberOf("minutes", values.minutes),
    channelCount: numberOf("channels", values.channels),
    ...(values.history === undefined ? {} : { historyPath: values.history }),
    say,
  });
  const problems = problemsOf(result);
  say(describe(result));
  for (const problem of problems) say(`    ${problem}`);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(result, undefined, 1));
  isGood = problems.length === 0;
} catch (err) {
  say(`FAILED  ${inspect(err)}`);
}
say(isGood ? "1 passed, 0 failed" : "0 passed, 1 failed");
process.exitCode = isGood ? 0 : 1;

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} ${text}: expected a number greater than 0`);
}

/** Everything that a good run must not have; also a run in which too little happened to prove anything. */
function problemsOf({ judgement, intake, faults }: MixResult): readonly string[] {
  const { counts, uidClashes } = judgement;
  const parts = Object.keys(faults).filter((name) => !name.startsWith("Agora: "));
  const met = new Set(Object.entries(known).flatMap(([name, { kind }]) => (name in faults ? [kind] : [])));
  const missing = Number(values.minutes) < minutesForAllKinds ? [] : faultKinds.filter((kind) => !met.has(kind));
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
