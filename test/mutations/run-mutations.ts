// Plants every fault of the lists into a copy of the sources and sees that a test notices it:
// `npm run test:mutations -- [--pure] [--only 19,20]`.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startDevstack } from "@autorec/devstack";
import { allMutations } from "./all-mutations.ts";
import { copyWorkspace } from "./mutant-workspace.ts";
import type { MutantWorkspace } from "./mutant-workspace.ts";
import { isPure } from "./mutation.ts";
import type { Mutation } from "./mutation.ts";
import { runVitestFile } from "./run-vitest-file.ts";
import type { TestRun } from "./run-vitest-file.ts";

/** Numbers of the protocol's list that must each be noticed by at least one test. */
const required = Array.from({ length: 42 }, (_, index) => index + 1);

const { values } = parseArgs({
  options: {
    /** Only faults whose tests need neither Redis nor Kafka. */
    pure: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const wanted = values.only?.split(",").map(Number);
const chosen = allMutations.filter(
  (mutation) => (!values.pure || isPure(mutation)) && (wanted?.includes(mutation.id) ?? true),
);

const needsStack = chosen.some((mutation) => !isPure(mutation));
const devstack = needsStack ? await startDevstack({ log: (line) => process.stderr.write(`${line}\n`) }) : undefined;
const env = {
  ...process.env,
  ...(devstack === undefined ? {} : { KAFKA_BROKERS: devstack.kafkaBrokers, REDIS_URL: devstack.redisUrl }),
};
let problems = 0;
const workspace = copyWorkspace(fileURLToPath(new URL("../..", import.meta.url)));
const interrupted = (): void => {
  workspace[Symbol.dispose]();
  process.exit(1);
};
process.once("SIGINT", interrupted);
process.once("SIGTERM", interrupted);
try {
  await seeGreen(workspace);
  process.stdout.write("\n");
  row("mutation", "killed by", "seconds");
  for (const mutation of chosen) await seeRed(mutation, workspace);
} finally {
  workspace[Symbol.dispose]();
  await devstack?.stop();
}
const missing = required.filter((id) => !allMutations.some((mutation) => mutation.id === id));
if (missing.length > 0) problem(`no mutation is listed for ${missing.join(", ")}`);
process.stdout.write(`\n${String(chosen.length)} mutations, ${String(problems)} problems\n`);
process.exitCode = problems === 0 ? 0 : 1;

/** A test that is red anyway would notice every fault. */
async function seeGreen(sources: MutantWorkspace): Promise<void> {
  const namesOf = Map.groupBy(chosen, (mutation) => `${mutation.test}\0${mutation.testName ?? ""}`);
  for (const [mutation] of namesOf.values()) {
    if (mutation === undefined) continue;
    const run = await runVitestFile({ root: sources.root, file: mutation.test, testName: mutation.testName, env });
    const what = `${mutation.test}${mutation.testName === undefined ? "" : ` "${mutation.testName}"`}`;
    if (run.kind === "green") process.stdout.write(`green without a fault: ${what} (${seconds(run)} s)\n`);
    else problem(`${what} is not green without a fault: ${run.kind === "red" ? run.firstFailed : run.why}`);
  }
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
  restore();
  if (run.kind === "red") row(title, run.firstFailed, seconds(run));
  else problem(`${title}: ${run.kind === "green" ? `SURVIVED ${mutation.test}` : run.why}`);
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
