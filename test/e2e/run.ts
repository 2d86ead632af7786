import { writeFileSync } from "node:fs";
import { inspect } from "node:util";
import { startDevstack } from "@autorec/devstack";
import { z } from "zod";
import { readCommandLine, wholeNumber } from "../support/command-line.ts";
import { intakeProblems } from "../support/count-intake.ts";
import { judgementProblems } from "../support/judged-stack.ts";
import { runStorm } from "./storm.ts";
import type { StormResult } from "./storm.ts";

/** Least of each that a seed must have seen, else it has proved nothing. */
const least = { joins: 300, kills: 25, killsSilent: 10, lostAnswers: 10, migrations: 5 } as const;

const { from, json, seeds } = readCommandLine({
  usage: `npm run test:e2e -- [--seeds N] [--from S] [--json FILE]
  --seeds N    how many storms (default 1)
  --from S     seed of the first (default 1)
  --json FILE  write the results as JSON`,
  options: z.object({
    seeds: wholeNumber(1).default(1),
    from: wholeNumber().default(1),
    json: z.string().optional(),
  }),
});
const results: StormResult[] = [];
let failed = 0;
for (let seed = from; seed < from + seeds; seed += 1) {
  // Each seed stops its broker, so each has one of its own.
  const devstack = await startDevstack({ ownBroker: true, log: () => undefined });
  try {
    const result = await runStorm(seed, devstack);
    results.push(result);
    const problems = problemsOf(result);
    if (problems.length > 0) failed += 1;
    process.stdout.write(`${describe(result)}\n${problems.map((problem) => `    ${problem}\n`).join("")}`);
  } catch (err) {
    failed += 1;
    process.stdout.write(`seed ${String(seed)}  FAILED  ${inspect(err)}\n`);
  } finally {
    await devstack.stop();
  }
}
if (json !== undefined) writeFileSync(json, JSON.stringify(results, undefined, 1));
process.stdout.write(`${String(seeds - failed)} passed, ${String(failed)} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** Everything that a good run must not have; also a run that was too easy. */
function problemsOf({ judgement, intake, killedMidStart, leaks }: StormResult): readonly string[] {
  const { counts } = judgement;
  return [
    ...judgementProblems(judgement),
    ...intakeProblems(intake),
    ...leaks.map((place) => `I10 a secret in ${place}`),
    ...(killedMidStart ? [] : ["the scenario killed no process in the middle of a start"]),
    ...Object.entries(least).flatMap(([name, min]) => {
      const seen = counts[name === "joins" ? "joins" : isCount(name) ? name : "joins"];
      return seen < min ? [`the scenario was too easy: ${String(seen)} ${name}, at least ${String(min)} expected`] : [];
    }),
  ];
}

function isCount(name: string): name is keyof typeof least {
  return name in least;
}

function describe({ seed, judgement, intake, durationMs }: StormResult): string {
  const { counts, longestGap } = judgement;
  const gap = longestGap === undefined ? "none" : `${String(longestGap.ms)} ms ${longestGap.cause}`;
  return [
    `seed ${String(seed).padStart(2)}  ${(durationMs / 1_000).toFixed(0)} s`,
    `channels ${String(judgement.channels)} joins ${String(counts.joins)} records ${String(intake.records)}`,
    `kills ${String(counts.kills)} (${String(counts.killsSilent)} silent) migrations ${String(counts.migrations)} lost answers ${String(counts.lostAnswers)}`,
    `starts ${String(judgement.starts)} restarts ${String(judgement.restarts)}`,
    `coverage ${(100 * judgement.coverageRatio).toFixed(2)} % longest gap ${gap}`,
    `overlaps ${String(judgement.overlapsUnexplained)} clashes ${String(judgement.uidClashes)} left behind ${String(judgement.leftBehind)}`,
  ].join("  ");
}
