import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack, StackProcess } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import { startSupervisor } from "@autorec/devstack";
import type { Devstack } from "@autorec/devstack";
import { realDurations } from "@autorec/domain";
import { realSimulatorDurations } from "@autorec/simulator";
import { readHistory } from "@autorec/simulator/judge";
import { Kafka, logLevel } from "kafkajs";
import { plainRow } from "./bench-result.ts";
import type { BenchRow } from "./bench-result.ts";
import { candidateMains, createTopic } from "./candidates.ts";
import { until } from "./until.ts";
import { writePolicy } from "../support/write-policy.ts";

const requestsPerSecond = 10;
/** Two requests each at ten a second are 20 s; what takes three times as long has failed anyway. */
const burstMsMax = 63_000;
/** The bare loop has lost what it has not started after this: it repeats nothing. */
const bareMs = 6_000;

interface Burst {
  readonly started: number;
  /** From the first join in Kafka to the last of the starts. */
  readonly tookS: number;
  readonly throttled: number;
}

/** P1: a join in each of 100 channels at once, with ten requests a second, judged by the simulator's history. */
export async function measureBurst(
  devstack: Pick<Devstack, "kafkaBrokers" | "redisUrl">,
  { runs, channels }: { readonly runs: number; readonly channels: number },
): Promise<readonly BenchRow[]> {
  const bursts: Burst[] = [];
  const bares: Burst[] = [];
  for (let run = 0; run < runs; run += 1) {
    bursts.push(await burst("autorec", { devstack, channels, seed: run + 1 }));
    bares.push(await burst("bare", { devstack, channels, seed: run + 1 }));
  }
  const row = (
    of: "autorec" | "bare loop",
    measure: string,
    more: Pick<BenchRow, "unit" | "bound"> & Figure,
  ): BenchRow => {
    const { bound, figure, unit } = more;
    const measured = of === "autorec" ? bursts : bares;
    return plainRow({
      benchmark: "P1",
      measure: of === "autorec" ? measure : `${of}: ${measure}`,
      unit,
      runs: measured.map((each) => each[figure]),
      ...(bound === undefined || of !== "autorec" ? {} : { bound }),
    });
  };
  const started = { unit: "", figure: "started", bound: { kind: "least", value: channels } } as const;
  const throttled = { unit: "", figure: "throttled", bound: { kind: "most", value: 0 } } as const;
  // 21 s for 100 channels; smaller bursts only try the benchmark itself.
  const limitS = Math.max(2, (21 * channels) / 100);
  return [
    row("autorec", `started of ${String(channels)} at 10 requests/s`, started),
    row("autorec", "until the last start", { unit: "s", figure: "tookS", bound: { kind: "most", value: limitS } }),
    row("autorec", "answers 429", throttled),
    row("bare loop", `started of ${String(channels)}`, started),
    row("bare loop", "answers 429", throttled),
  ];
}

interface Figure {
  readonly figure: keyof Burst;
}

interface BurstPlan {
  readonly devstack: Pick<Devstack, "kafkaBrokers" | "redisUrl">;
  readonly channels: number;
  readonly seed: number;
}

async function burst(by: "autorec" | "bare", { devstack, channels, seed }: BurstPlan): Promise<Burst> {
  const folder = mkdtempSync(join(tmpdir(), "bench-burst-"));
  const services = by === "autorec" ? 1 : 0;
  const stack = await startStack({
    devstack,
    consumers: services,
    watchdogs: services,
    durations: realDurations,
    requestsPerSecond,
    delivery: {},
    seed,
    policyPath: writePolicy(folder, { requestsPerSecond, workers: 200 }),
  });
  const bare = by === "bare" ? await startBareLoop(stack, devstack.kafkaBrokers) : undefined;
  try {
    await stack.simulator.changeSettings({ durations: { ...realSimulatorDurations } });
    const names = Array.from({ length: channels }, (_, i) => `burst-${String(i)}`);
    await Promise.all(names.map((channelName) => stack.simulator.join({ channelName, uid: 7 })));
    const hasAll = stack.simulator.waitFor(
      "a recorder in every channel",
      (state) => state.channels.filter((channel) => channel.recorders.length > 0).length >= channels,
      bare === undefined ? burstMsMax : bareMs,
    );
    // What is missing then is counted from the history.
    await hasAll.catch(() => undefined);
    return await judgeBurst(stack);
  } finally {
    await bare?.end();
    await stack.stop();
    rmSync(folder, { recursive: true });
  }
}

async function judgeBurst(stack: Stack): Promise<Burst> {
  const lines = await readHistory(stack.historyPath);
  const joinedAtMs = lines.flatMap((line) =>
    line.kind === "event" && line.eventType === 103 ? [line.ackedAtMs ?? line.atMs] : [],
  );
  const begins = lines.flatMap((line) => (line.kind === "recorder-joined" && line.cause === "start" ? [line] : []));
  return {
    started: new Set(begins.map((line) => line.channelName)).size,
    tookS: (Math.max(...begins.map((line) => line.atMs)) - Math.min(...joinedAtMs)) / 1_000,
    throttled: lines.filter((line) => line.kind === "request" && line.status === 429).length,
  };
}

async function startBareLoop(stack: Stack, brokers: string): Promise<{ readonly end: () => Promise<void> }> {
  const kafka = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING });
  await createTopic(kafka, `${stack.runId}.rtc.channel-events`);
  const supervisor = await startSupervisor();
  const plan = { supervisor, name: "bare", main: candidateMains.bare, args: [], env: stack.env };
  const loop = new StackProcess({ ...plan, address: /(ready)/, readyPath: "" });
  await loop.launch();
  const hasSaidReady = (): boolean => loop.logPaths.some((path) => readFileSync(path, "utf8").includes("ready"));
  await until(hasSaidReady, `"ready" from the bare loop`);
  return { end: () => supervisor.end() };
}
