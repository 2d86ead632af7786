import { quantile, ratioRow } from "./bench-result.ts";
import type { BenchRow } from "./bench-result.ts";
import { openCandidate } from "./candidates.ts";
import type { Candidate, CandidateGround } from "./candidates.ts";
import { until } from "./until.ts";

const joinsPerSecond = 30;
const answerMs = 20;
const warmJoins = 150;

interface Measured {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
}

/** P2: from the broker's acknowledgement of a join to the answer of the start, one join after the other. */
export async function measureLatency(
  ground: CandidateGround,
  { runs, channels }: { readonly runs: number; readonly channels: number },
): Promise<readonly BenchRow[]> {
  ground.standIn.answerAfter(answerMs);
  const bare = await openCandidate("bare", ground);
  const autorec = await openCandidate("autorec", ground);
  const pairs: { readonly autorec: Measured; readonly bare: Measured }[] = [];
  for (let run = -1; run < runs; run += 1) {
    const size = run < 0 ? warmJoins : channels;
    const ofBare = await measure(bare, { ground, size, run });
    const ofAutorec = await measure(autorec, { ground, size, run });
    if (run >= 0) pairs.push({ bare: ofBare, autorec: ofAutorec });
  }
  await autorec.stop();
  const row = (measure: string, figure: keyof Measured, bound?: BenchRow["bound"]): BenchRow =>
    ratioRow({
      benchmark: "P2",
      measure,
      unit: "ms",
      baselineName: "bare loop",
      runs: pairs.map((pair) => ({ candidate: pair.autorec[figure], baseline: pair.bare[figure] })),
      ...(bound === undefined ? {} : { bound }),
    });
  return [
    row("join → start answered p50", "p50Ms", { kind: "most", value: 1.15 }),
    row("join → start answered p99", "p99Ms", { kind: "most", value: 1.5 }),
    row(`CPU per start at ${String(joinsPerSecond)}/s`, "cpuMs"),
  ];
}

interface Series {
  readonly ground: CandidateGround;
  readonly size: number;
  readonly run: number;
}

/** Publishes joins of fresh channels at an even rate. */
async function measure(candidate: Candidate, { ground, run, size }: Series): Promise<Measured> {
  const { startedAtMs } = ground.standIn;
  const joinedAtMs = new Map<string, number>();
  const sends: Promise<void>[] = [];
  const cpuBeforeMs = candidate.cpuMs();
  const beganAtMs = performance.now();
  for (let i = 0; i < size; i += 1) {
    const channel = `${candidate.name}-p2-${String(run)}-${String(i)}`;
    sends.push(
      candidate.publishJoins([channel]).then(() => {
        joinedAtMs.set(channel, performance.now());
      }),
    );
    const nextAtMs = beganAtMs + ((i + 1) * 1_000) / joinsPerSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextAtMs - performance.now())));
  }
  await Promise.all(sends);
  await until(() => [...joinedAtMs.keys()].every((channel) => startedAtMs.has(channel)), `starts of ${candidate.name}`);
  const waitsMs = [...joinedAtMs].map(([channel, atMs]) => (startedAtMs.get(channel) ?? Number.NaN) - atMs);
  return {
    p50Ms: quantile(waitsMs, 0.5),
    p99Ms: quantile(waitsMs, 0.99),
    cpuMs: (candidate.cpuMs() - cpuBeforeMs) / size,
  };
}
