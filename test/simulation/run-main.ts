import { z } from "zod";
import { oneOf, readCommandLine, wholeNumber } from "../support/command-line.ts";
import { coverageOf } from "./coverage.ts";
import { live } from "./live.ts";
import { openBackendOf } from "./open-backend.ts";
import { openSeeds } from "./open-seeds.ts";
import { runSeeds } from "./run-seeds.ts";
import { shrink } from "./shrink.ts";

const options = readCommandLine({
  usage: `npm run test:simulation -- [--seeds N] [--from S] [--seed S [--trace]] [--variant model|lua] [--failovers] [--scarce]
  --seeds N    how many lives (default 10000)
  --from S     the first of them (default 1)
  --seed S     only this one, and the faults that it needs to fail
  --trace      tell it step by step
  --variant V  model: of Redis; lua: the scripts themselves on a Redis (default model)
  --failovers  Redis also loses the last writes that it acknowledged
  --scarce     accounts have hardly enough workers and requests per second`,
  options: z.object({
    seeds: wholeNumber(1).default(10_000),
    from: wholeNumber().default(1),
    seed: wholeNumber().optional(),
    trace: z.boolean().default(false),
    failovers: z.boolean().default(false),
    scarce: z.boolean().default(false),
    variant: oneOf(["model", "lua"]).default("model"),
  }),
});

process.exitCode = options.seed === undefined ? await runMany() : await runOne(options.seed);

/** All seeds; of the first that fails the faults that it needs. */
async function runMany(): Promise<number> {
  const { failovers, from, scarce, seeds, variant } = options;
  const startedAtMs = performance.now();
  const report = await runSeeds({ failovers, from, scarce, seeds, variant });
  const seconds = (performance.now() - startedAtMs) / 1_000;
  say(
    `${String(report.seeds)} seeds from ${String(from)} (${variant}) in ${seconds.toFixed(1)} s: ${String(report.decisions)} decisions, ${String(report.faults)} faults, ${String(report.failed.length)} failed`,
  );
  const { covered, all, acting, uncovered, complaints } = coverageOf(report.cells);
  say(
    `transition table: ${String(covered)} of ${String(all)} cells met, ${String(acting.covered)} of the ${String(acting.all)} that act`,
  );
  for (const { cell, note } of uncovered)
    say(`  not met: ${cell}${note === undefined ? "" : ` (${note.met}: ${note.why})`}`);
  // Fewer lives leave out more than the notes are about.
  const isJudged = seeds >= 400;
  if (isJudged) for (const complaint of complaints) say(`COVERAGE ${complaint}`);
  for (const { seed, violation } of report.failed)
    say(`${openSeeds.has(seed) ? "OPEN" : "FAILED"} seed ${String(seed)} at ${violation}`);
  const [first] = report.failed.filter(({ seed }) => !openSeeds.has(seed));
  if (first === undefined) return isJudged && complaints.length > 0 ? 1 : 0;
  await explain(first.seed);
  return 1;
}

/** One seed, in words when asked for; and what it needs to fail. */
async function runOne(seed: number): Promise<number> {
  const opened = await openBackendOf(options.variant);
  const life = await live({
    seed,
    failovers: options.failovers,
    scarce: options.scarce,
    openBackend: opened.open,
    ...(options.trace ? { trace: say } : {}),
  });
  await opened.close();
  say(
    `seed ${String(seed)}: ${String(life.decisions)} decisions, ${String(life.struck.length)} faults, ${life.violations.length === 0 ? "nothing violated" : life.violations.join("; ")}`,
  );
  if (life.violations.length === 0) return 0;
  await explain(seed);
  return 1;
}

async function explain(seed: number): Promise<void> {
  if (options.variant !== "model") return;
  const { failovers, scarce } = options;
  const { life, masked, runs } = await shrink(seed, { failovers, scarce });
  say(
    `\nseed ${String(seed)} fails with ${String(life.struck.length)} faults (${String(masked.size)} others taken out in ${String(runs)} runs):`,
  );
  for (const fault of life.struck) say(`  ${fault}`);
  await live({ seed, failovers, scarce, masked, trace: say });
  const also = `${failovers ? " --failovers" : ""}${scarce ? " --scarce" : ""}`;
  say(`\nrepeat with npm run test:simulation -- --seed ${String(seed)} --trace${also}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
