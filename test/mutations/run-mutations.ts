// Plants every fault of the lists into a copy of the sources and sees that a test notices it.
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { startDevstack } from "@autorec/devstack";
import { z } from "zod";
import { readCommandLine, wholeNumber } from "../support/command-line.ts";
import { allMutations } from "./all-mutations.ts";
import { firstFailingSeed } from "./first-failing-seed.ts";
import { copyWorkspace } from "./mutant-workspace.ts";
import type { MutantWorkspace } from "./mutant-workspace.ts";
import { isPure } from "./mutation.ts";
import type { Mutation } from "./mutation.ts";
import { runVitestFile } from "./run-vitest-file.ts";
import type { TestRun } from "./run-vitest-file.ts";

/** Numbers of the protocol's list that must each be noticed by at least one test. */
const required = Array.from({ length: 42 }, (_, index) => index + 1);

const known = new Set(allMutations.map(({ id }) => id));
const { only, pure, simulation, workers } = readCommandLine({
  usage: `npm run test:mutations -- [--pure] [--only 19,20] [--workers N] [--simulation N]
  --pure          only faults whose tests need neither Redis nor Kafka
  --only LIST     only these numbers
  --workers N     copies of the sources that are worked on at a time (default: one per processor); tests that need
                  Redis or Kafka come one after the other
  --simulation N  of the faults in what decides also the first of so many seeds of the simulation that notices them`,
  options: z.object({
    pure: z.boolean().default(false),
    only: z
      .string()
      .transform((list) => list.split(",").map(Number))
      .refine((ids) => ids.every((id) => known.has(id)), "expected numbers of mutations, as in 19,20")
      .optional(),
    workers: wholeNumber(1).default(availableParallelism()),
    simulation: wholeNumber(1).optional(),
  }),
});
const chosen = allMutations.filter((mutation) => (!pure || isPure(mutation)) && (only?.includes(mutation.id) ?? true));

const needsStack = chosen.some((mutation) => !isPure(mutation));
const devstack = needsStack ? await startDevstack({ log: (line) => process.stderr.write(`${line}\n`) }) : undefined;
const env = {
  ...process.env,
  ...(devstack === undefined ? {} : { KAFKA_BROKERS: devstack.kafkaBrokers, REDIS_URL: devstack.redisUrl }),
};
let problems = 0;
const workspaces = Array.from({ length: workers }, () =>
  copyWorkspace(fileURLToPath(new URL("../..", import.meta.url))),
);
const disposeAll = (): void => {
  for (const workspace of workspaces) workspace[Symbol.dispose]();
};
const interrupted = (): void => {
  disposeAll();
  process.exit(1);
};
process.once("SIGINT", interrupted);
process.once("SIGTERM", interrupted);
try {
  const files = Map.groupBy(chosen, (mutation) => `${mutation.test}\0${mutation.testName ?? ""}`);
  await forEach(
    [...files.values()].flatMap((group) => group.slice(0, 1)),
    seeGreen,
  );
  process.stdout.write("\n");
  row("mutation", "killed by", "seconds");
  await forEach(chosen, seeRed);
} finally {
  disposeAll();
  await devstack?.stop();
}
const missing = required.filter((id) => !allMutations.some((mutation) => mutation.id === id));
if (missing.length > 0) problem(`no mutation is listed for ${missing.join(", ")}`);
process.stdout.write(`\n${String(chosen.length)} mutations, ${String(problems)} problems\n`);
process.exitCode = problems === 0 ? 0 : 1;

/** The pure ones in all copies at once, then the others, which share Redis and Kafka, in one. */
async function forEach(
  mutations: readonly Mutation[],
  see: (mutation: Mutation, sources: MutantWorkspace) => Promise<void>,
): Promise<void> {
  const queue = mutations.filter(isPure);
  const drain = async (sources: MutantWorkspace): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await see(next, sources);
  };
  await Promise.all(workspaces.map(drain));
  queue.push(...mutations.filter((mutation) => !isPure(mutation)));
  await Promise.all(workspaces.slice(0, 1).map(drain));
}

/** A test that is red anyway would notice every fault. */
async function seeGreen(mutation: Mutation, sources: MutantWorkspace): Promise<void> {
  const run = await runVitestFile({ root: sources.root, file: mutation.test, testName: mutation.testName, env });
  const what = `${mutation.test}${mutation.testName === undefined ? "" : ` "${mutation.testName}"`}`;
  if (run.kind === "green") process.stdout.write(`green without a fault: ${what} (${seconds(run)} s)\n`);
  else problem(`${what} is not green without a fault: ${run.kind === "red" ? run.firstFailed : run.why}`);
}

async function seeRed(mutation: Mutation, sources: MutantWorkspace): Promise<void> {
  const title = `${String(mutation.id).padStart(2)} ${mutation.title}`;
  const { file, find, replace, also = [] } = mutation;
  let restore: () => void;
  try {
    restore = sources.plant([{ file, find, replace }, ...also]);
  } catch (err) {
    problem(`${title}: ${err instanceof Error ? err.message : String(err)}`);
    return;
  }
  const run = await runVitestFile({ root: sources.root, file: mutation.test, testName: mutation.testName, env });
  const seed =
    simulation === undefined || !isSimulated(file) ? undefined : await firstFailingSeed(sources.root, simulation);
  restore();
  if (run.kind === "red") row(title, run.firstFailed, seconds(run));
  else problem(`${title}: ${run.kind === "green" ? `SURVIVED ${mutation.test}` : run.why}`);
  if (seed !== undefined) process.stdout.write(`     also noticed by the simulation: ${seed}\n`);
}

/** The simulation runs these rooms; a seed is an extra witness, the named test must notice in any case. */
function isSimulated(file: string): boolean {
  return file.startsWith("packages/domain/") || file.startsWith("packages/reconciler/");
}

function row(title: string, killedBy: string, time: string): void {
  process.stdout.write(
    `${title.slice(0, 70).padEnd(70)} | ${killedBy.slice(0, 100).padEnd(100)} | ${time.padStart(7)}\n`,
  );
}

function problem(text: string): void {
  problems += 1;
  process.stdout.write(`PROBLEM  ${text}\n`);
}

function seconds(run: TestRun): string {
  return (run.durationMs / 1_000).toFixed(1);
}
