import { ratioRow } from "./bench-result.ts";
import type { BenchRow } from "./bench-result.ts";
import { openCandidate } from "./candidates.ts";
import type { Candidate, CandidateGround, CandidateName } from "./candidates.ts";
import { until } from "./until.ts";

const warmChannels = 1_000;
/** A storm that takes longer has failed anyway. */
const stormMsMax = 120_000;
const order: readonly CandidateName[] = ["bare", "autorec", "bullmq"];

interface Measured {
  readonly startsPerSecond: number;
  readonly cpuMs: number;
}

/**
 * P3: a join in each of very many channels at once, without a request limit, before an Agora that answers at once. autorec is a
 * consumer and a watchdog, as it is deployed: half of the channels find the consumer's queue full.
 */
export async function measureStorm(
  ground: CandidateGround,
  { runs, channels }: { readonly runs: number; readonly channels: number },
): Promise<readonly BenchRow[]> {
  ground.standIn.answerAfter(0);
  const candidates = new Map<CandidateName, Candidate>();
  for (const name of order) candidates.set(name, await openCandidate(name, { ...ground, withWatchdog: true }));
  const measured = new Map<CandidateName, Measured[]>(order.map((name) => [name, []]));
  for (let run = -1; run < runs; run += 1) {
    for (const [name, candidate] of candidates) {
      const figures = await storm(candidate, { ground, run, size: run < 0 ? warmChannels : channels });
      if (run >= 0) measured.get(name)?.push(figures);
    }
  }
  await candidates.get("autorec")?.stop();
  const row = (plan: {
    readonly measure: string;
    readonly unit: string;
    readonly figure: keyof Measured;
    readonly against: "bare" | "bullmq";
    readonly bound?: BenchRow["bound"];
  }): BenchRow =>
    ratioRow({
      benchmark: "P3",
      measure: plan.measure,
      unit: plan.unit,
      baselineName: plan.against === "bare" ? "bare loop" : "BullMQ",
      runs: (measured.get("autorec") ?? []).map((figures, run) => ({
        candidate: figures[plan.figure],
        baseline: measured.get(plan.against)?.[run]?.[plan.figure] ?? Number.NaN,
      })),
      ...(plan.bound === undefined ? {} : { bound: plan.bound }),
    });
  const measure = `storm of ${String(channels)}, starts`;
  const cpu = { measure: "CPU per start in the storm", unit: "ms", figure: "cpuMs" } as const;
  return [
    row({ measure, unit: "/s", figure: "startsPerSecond", against: "bare", bound: { kind: "least", value: 0.65 } }),
    row({ measure, unit: "/s", figure: "startsPerSecond", against: "bullmq", bound: { kind: "least", value: 1.1 } }),
    row({ ...cpu, against: "bare" }),
    row({ ...cpu, against: "bullmq" }),
  ];
}

interface StormPlan {
  readonly ground: CandidateGround;
  readonly run: number;
  readonly size: number;
}

async function storm(candidate: Candidate, { ground, run, size }: StormPlan): Promise<Measured> {
  const { queryCount, startedAtMs } = ground.standIn;
  const channels = Array.from({ length: size }, (_, i) => `${candidate.name}-p3-${String(run)}-${String(i)}`);
  const startedBefore = startedAtMs.size;
  const queriedBefore = queryCount();
  const cpuBeforeMs = candidate.cpuMs();
  const beganAtMs = performance.now();
  await candidate.publishJoins(channels);
  await until(() => startedAtMs.size >= startedBefore + size, `the storm of ${candidate.name}`, stormMsMax);
  const endedAtMs = Math.max(...channels.map((channel) => startedAtMs.get(channel) ?? Number.NaN));
  const figures = {
    startsPerSecond: (size * 1_000) / (endedAtMs - beganAtMs),
    cpuMs: (candidate.cpuMs() - cpuBeforeMs) / size,
  };
  // autorec goes on to ask each recorder whether it records; the next in turn is measured when it has.
  if (candidate.name === "autorec")
    await until(() => queryCount() >= queriedBefore + size, "the first query of each recorder", stormMsMax);
  return figures;
}
