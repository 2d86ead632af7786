// Ends with 1 when a bound is missed. Figures of a busy machine are worth little: the load is printed beside them.
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { startDevstack, startSupervisor } from "@autorec/devstack";
import { z } from "zod";
import { oneOf, readCommandLine, wholeNumber } from "../support/command-line.ts";
import { shortfallOf, tableOf } from "./bench-result.ts";
import type { BenchRow } from "./bench-result.ts";
import type { CandidateGround } from "./candidates.ts";
import { measureBurst } from "./burst.ts";
import { measureLatency } from "./latency.ts";
import { measureRecovery } from "./recovery.ts";
import { startStandIn } from "./stand-in.ts";
import { measureStorm } from "./storm.ts";

const benchmarkNames = ["P1", "P2", "P3", "P6"] as const;

if (process.argv[2] === "simulator") await import("./simulator.ts");
else await main();

async function main(): Promise<void> {
  const options = readCommandLine({
    usage: `npm run bench -- [P1 P2 P3 P6 | simulator] [--runs N] [--json FILE] [--profile FOLDER]
  P1 P2 P3 P6       only these (default: all); simulator: how much one serves, see "npm run bench -- simulator"
  --runs N          of each, the medians count (default 5)
  --json FILE       write the table as JSON
  --profile FOLDER  where autorec's process leaves its CPU profile; it costs time itself: for finding hot spots only
  --burst N  --joins N  --storm N  --killed N
                    other sizes of P1, P2, P3, P6, for trying them: the bounds are for the defaults`,
    options: z.object({
      words: z.array(oneOf(benchmarkNames)).default([...benchmarkNames]),
      runs: wholeNumber(1).default(5),
      json: z.string().optional(),
      profile: z.string().optional(),
      burst: wholeNumber(1).default(100),
      joins: wholeNumber(1).default(200),
      storm: wholeNumber(1).default(10_000),
      killed: wholeNumber(1).default(25),
    }),
  });
  const { json, profile, runs } = options;
  const benchmarks: Readonly<
    Record<(typeof benchmarkNames)[number], (ground: CandidateGround) => Promise<readonly BenchRow[]>>
  > = {
    P1: ({ devstack }) => measureBurst(devstack, { runs, channels: options.burst }),
    P2: (ground) => measureLatency(ground, { runs, channels: options.joins }),
    P3: (ground) => measureStorm(ground, { runs, channels: options.storm }),
    P6: ({ devstack }) => measureRecovery(devstack, { channels: options.killed }),
  };
  const rows: BenchRow[] = [];
  const devstack = await startDevstack({ log: print });
  try {
    for (const name of options.words) {
      const loadBefore = loadavg()[0] ?? 0;
      const profileFolder = profile === undefined ? {} : { profileFolder: profile };
      rows.push(...(await onFreshGround(devstack, (ground) => benchmarks[name]({ ...ground, ...profileFolder }))));
      print(`${name} measured, load ${loadBefore.toFixed(1)} before and ${(loadavg()[0] ?? 0).toFixed(1)} after`);
    }
  } finally {
    await devstack.stop();
  }
  print(`\n${tableOf(rows)}`);
  print(`medians of ${String(runs)} runs, candidate and baseline in turns`);
  const shortfalls = rows.flatMap((row) => shortfallOf(row) ?? []);
  for (const shortfall of shortfalls) print(`not good enough: ${shortfall}`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ rows, shortfalls }, undefined, 2)}\n`);
  if (shortfalls.length > 0) process.exitCode = 1;
}

/** Each benchmark has processes and topics that no other has used; none of them survives it. */
async function onFreshGround(
  devstack: CandidateGround["devstack"],
  measure: (ground: CandidateGround) => Promise<readonly BenchRow[]>,
): Promise<readonly BenchRow[]> {
  const supervisor = await startSupervisor();
  const standIn = await startStandIn();
  try {
    return await measure({
      devstack,
      supervisor,
      standIn,
      runId: `bench-${process.pid.toString(36)}-${Date.now().toString(36)}`,
    });
  } finally {
    await supervisor.end();
    await standIn.close();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
