// npm run bench [-- P1 P2 P3 P6 | simulator] [--runs 5] [--json FILE] [--profile FOLDER]: all of P1 to P6 when none is named.
// A profile of autorec's process costs time itself: its figures are for finding hot spots only.
// Ends with 1 when a bound is missed. Figures of a busy machine are worth little: the load is printed beside them.
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { startDevstack, startSupervisor } from "@autorec/devstack";
import { shortfallOf, tableOf } from "./bench-result.ts";
import type { BenchRow } from "./bench-result.ts";
import type { CandidateGround } from "./candidates.ts";
import { measureBurst } from "./burst.ts";
import { measureLatency } from "./latency.ts";
import { measureRecovery } from "./recovery.ts";
import { startStandIn } from "./stand-in.ts";
import { measureStorm } from "./storm.ts";

if (process.argv[2] === "simulator") await import("./simulator.ts");
else await main();

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "string" },
      profile: { type: "string" },
      runs: { type: "string", default: "5" },
      // Smaller sizes try the benchmark itself; its bounds are for these.
      joins: { type: "string", default: "200" },
      storm: { type: "string", default: "10000" },
      burst: { type: "string", default: "100" },
      killed: { type: "string", default: "25" },
    },
  });
  const runs = Number(values.runs);
  const benchmarks: Readonly<Record<string, (ground: CandidateGround) => Promise<readonly BenchRow[]>>> = {
    P1: ({ devstack }) => measureBurst(devstack, { runs, channels: Number(values.burst) }),
    P2: (ground) => measureLatency(ground, { runs, channels: Number(values.joins) }),
    P3: (ground) => measureStorm(ground, { runs, channels: Number(values.storm) }),
    P6: ({ devstack }) => measureRecovery(devstack, { channels: Number(values.killed) }),
  };
  const names = positionals.length === 0 ? Object.keys(benchmarks) : positionals;
  const unknown = names.find((name) => benchmarks[name] === undefined);
  if (unknown !== undefined || !(runs >= 1)) {
    const known = [...Object.keys(benchmarks), "simulator"].join(", ");
    print(
      unknown === undefined
        ? `--runs ${values.runs}: expected 1 or more`
        : `no benchmark ${unknown}; expected ${known}`,
    );
    process.exitCode = 2;
    return;
  }
  const rows: BenchRow[] = [];
  const devstack = await startDevstack({ log: print });
  try {
    for (const name of names) {
      const loadBefore = loadavg()[0] ?? 0;
      const measure = benchmarks[name] ?? (() => Promise.resolve([]));
      const profileFolder = values.profile === undefined ? {} : { profileFolder: values.profile };
      rows.push(...(await onFreshGround(devstack, (ground) => measure({ ...ground, ...profileFolder }))));
      print(`${name} measured, load ${loadBefore.toFixed(1)} before and ${(loadavg()[0] ?? 0).toFixed(1)} after`);
    }
  } finally {
    await devstack.stop();
  }
  print(`\n${tableOf(rows)}`);
  print(`medians of ${String(runs)} runs, candidate and baseline in turns`);
  const shortfalls = rows.flatMap((row) => shortfallOf(row) ?? []);
  for (const shortfall of shortfalls) print(`not good enough: ${shortfall}`);
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ rows, shortfalls }, undefined, 2)}\n`);
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
