// npm run bench -- simulator: requests and memory of one simulator process with 1,000, 10,000 and 100,000 live recordings.
// Ends with 1 when it serves too little, or costs too much while nobody asks.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { oneOf, positiveNumber, readCommandLine, wholeNumber } from "../support/command-line.ts";
import { fillTo, newFleet, sendMixed, type Fleet } from "./simulator-load.ts";
import { startMeasuredSimulator, type MeasuredSimulator } from "./simulator-process.ts";

interface Row {
  readonly recordings: number;
  /** As the clock says; other processes slow it down. */
  readonly requestsPerSecond: number;
  /** By the simulator's own CPU time: what one core that it has to itself would serve. */
  readonly requestsPerCpuSecond: number;
  readonly p99Ms: number;
  readonly rssMb: number;
  readonly heapBytesPerRecording: number;
  readonly idleCpuPercent: number;
}

const options = readCommandLine({
  usage: `npm run bench -- simulator [--sizes N,N] [--requests-min N] [--idle-percent-max N] [--json FILE]
  --sizes N,N           numbers of live recordings to measure with (default 1000,10000,100000)
  --requests-min N      least requests per second of its own CPU time with the most of them (default 3000)
  --idle-percent-max N  most of a core, in %, while nobody asks, with the most of them (default 1)
  --json FILE           write the table as JSON`,
  options: z.object({
    // run.ts has told by this word that it is asked for, and leaves it in its place.
    words: z.array(oneOf(["simulator"])),
    sizes: z
      .string()
      .regex(/^[1-9]\d{0,6}(,[1-9]\d{0,6})*$/, "expected numbers of recordings, such as 1000,10000")
      .transform((text) => text.split(",").map(Number))
      .default([1_000, 10_000, 100_000]),
    "requests-min": wholeNumber(1).default(3_000),
    "idle-percent-max": positiveNumber().default(1),
    json: z.string().optional(),
  }),
});
const { "idle-percent-max": idlePercentMax, json, "requests-min": requestsMin } = options;
const sizes = options.sizes.toSorted((a, b) => a - b);
const runs = 3;
const runRequests = 6_000;
const idleMs = 10_000;

const folder = await mkdtemp(join(tmpdir(), "bench-simulator-"));
const simulator = await startMeasuredSimulator(folder);
try {
  const fleet = newFleet(simulator.url);
  const emptyHeap = await simulator.heapBytes();
  const rows: Row[] = [];
  print("recordings   requests/s   per CPU second   p99 ms   RSS MB   heap bytes/recording   idle CPU %");
  for (const size of sizes) {
    await fillTo(fleet, size);
    const row = await measure(simulator, fleet, emptyHeap);
    rows.push(row);
    const { recordings, requestsPerSecond, requestsPerCpuSecond, p99Ms, rssMb } = row;
    const shown = [recordings, requestsPerSecond.toFixed(0), requestsPerCpuSecond.toFixed(0), p99Ms.toFixed(1)];
    const memory = [rssMb.toFixed(0), row.heapBytesPerRecording.toFixed(0), row.idleCpuPercent.toFixed(2)];
    const widths = [10, 13, 17, 9, 9, 23, 13];
    print([...shown, ...memory].map((cell, index) => String(cell).padStart(widths[index] ?? 0)).join(""));
  }
  print(
    `medians of ${String(runs)} runs of ${String(runRequests)} requests on 64 connections; idle over ${String(idleMs / 1_000)} s`,
  );
  if (json !== undefined) await writeFile(json, `${JSON.stringify(rows, undefined, 2)}\n`);
  await fleet.close();
  for (const shortfall of shortfallsOf(rows.at(-1))) {
    process.stderr.write(`${shortfall}\n`);
    process.exitCode = 1;
  }
} finally {
  await simulator.end();
  await rm(folder, { recursive: true });
}

/** What the largest size falls short of; what could not be measured does as well. */
function shortfallsOf(row: Row | undefined): readonly string[] {
  const { recordings = 0, requestsPerCpuSecond = 0, idleCpuPercent = Number.NaN } = row ?? {};
  const size = `with ${String(recordings)} live recordings`;
  return [
    ...(requestsPerCpuSecond >= requestsMin
      ? []
      : [
          `too slow: ${requestsPerCpuSecond.toFixed(0)} requests per CPU second ${size}, expected at least ${String(requestsMin)}`,
        ]),
    ...(idleCpuPercent <= idlePercentMax
      ? []
      : [
          `not idle: ${idleCpuPercent.toFixed(2)} % of a core without a request ${size}, expected at most ${String(idlePercentMax)} %`,
        ]),
  ];
}

async function measure(process: MeasuredSimulator, fleet: Fleet, emptyHeap: number): Promise<Row> {
  await sendMixed(fleet, runRequests / 3);
  const measured: { readonly perSecond: number; readonly perCpuSecond: number; readonly p99Ms: number }[] = [];
  for (let run = 0; run < runs; run += 1) {
    const [cpuMs, atMs] = [process.cpuMs(), performance.now()];
    const { p99Ms, count } = await sendMixed(fleet, runRequests);
    const [usedCpuMs, tookMs] = [process.cpuMs() - cpuMs, performance.now() - atMs];
    measured.push({ perSecond: (count / tookMs) * 1_000, perCpuSecond: (count / usedCpuMs) * 1_000, p99Ms });
  }
  const heap = await process.heapBytes();
  const idleFromMs = process.cpuMs();
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const idleCpuPercent = ((process.cpuMs() - idleFromMs) / idleMs) * 100;
  const recordings = fleet.live.length;
  return {
    recordings,
    requestsPerSecond: median(measured.map(({ perSecond }) => perSecond)),
    requestsPerCpuSecond: median(measured.map(({ perCpuSecond }) => perCpuSecond)),
    p99Ms: median(measured.map(({ p99Ms }) => p99Ms)),
    rssMb: process.rssBytes() / 1_048_576,
    heapBytesPerRecording: (heap - emptyHeap) / recordings,
    idleCpuPercent,
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
