import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import type { Devstack } from "@autorec/devstack";
import { realDurations } from "@autorec/domain";
import { realSimulatorDurations } from "@autorec/simulator";
import { readHistory } from "@autorec/simulator/judge";
import { plainRow } from "./bench-result.ts";
import type { BenchRow } from "./bench-result.ts";
import { writePolicy } from "../support/write-policy.ts";

const { coverAfterEagerMs, pollMs } = realDurations;
/** The jitter of the poll is a tenth of it. */
const silentMsMax = 1.1 * pollMs + coverAfterEagerMs + 5_000;

/**
 * P6: recorders are killed, half of them with an event that says so, half in silence; real durations, recovery `eager`.
 * Measured from the end of a recorder to the next one in its channel, by the simulator's history.
 */
export async function measureRecovery(
  devstack: Pick<Devstack, "kafkaBrokers" | "redisUrl">,
  { channels }: { readonly channels: number },
): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-recovery-"));
  const stack = await startStack({
    devstack,
    consumers: 1,
    watchdogs: 1,
    durations: realDurations,
    requestsPerSecond: 1_000,
    delivery: {},
    seed: 1,
    recordingTopic: "agora.recording-events",
    policyPath: writePolicy(folder, { requestsPerSecond: 1_000, workers: 1_000, recovery: "eager" }),
  });
  try {
    // The hint comes at once: how long Agora itself takes to notice a death is not ours.
    const durations = { ...realSimulatorDurations, killedLeaveMs: 0, answerMs: { min: 20, max: 20 } };
    await stack.simulator.changeSettings({ durations });
    const told = Array.from({ length: channels }, (_, i) => `told-${String(i)}`);
    const silent = Array.from({ length: channels }, (_, i) => `silent-${String(i)}`);
    await recordAll(stack, [...told, ...silent]);
    for (const channelName of silent) await stack.simulator.kill({ channelName, silent: true });
    for (const channelName of told) await stack.simulator.kill({ channelName });
    await untilRecording(stack, 2 * channels, silentMsMax + 30_000);
    const recoveries = await recoveriesOf(stack);
    const of = (names: readonly string[]): readonly number[] =>
      names.map((name) => recoveries.get(name) ?? Number.POSITIVE_INFINITY);
    return [
      plainRow({
        benchmark: "P6",
        measure: "killed, told by an event → next recorder, p50",
        unit: "s",
        runs: of(told),
        bound: { kind: "most", value: 1 },
      }),
      plainRow({
        benchmark: "P6",
        measure: "killed, told: beyond coverAfter (5 s)",
        unit: "s",
        runs: of(told).map((seconds) => seconds - coverAfterEagerMs / 1_000),
      }),
      plainRow({
        benchmark: "P6",
        measure: "killed in silence → next recorder, slowest",
        unit: "s",
        runs: [Math.max(...of(silent))],
        bound: { kind: "most", value: silentMsMax / 1_000 },
      }),
    ];
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Until every recorder has been confirmed by a query: only then is its attempt the one that answers for the channel. */
async function recordAll(stack: Stack, names: readonly string[]): Promise<void> {
  for (const channelName of names) await stack.simulator.join({ channelName, uid: 7 });
  await untilRecording(stack, names.length, 60_000);
  const confirmed = new Set<string>();
  const giveUpAtMs = performance.now() + 60_000;
  while (confirmed.size < names.length) {
    if (performance.now() > giveUpAtMs)
      throw new Error(`waited 60 s in vain for ${String(names.length)} confirmations`);
    for (const line of await readHistory(stack.historyPath))
      if (line.kind === "request" && line.call === "query" && (line.recorderStatus === 4 || line.recorderStatus === 5))
        confirmed.add(line.channelName ?? "");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function untilRecording(stack: Stack, count: number, limitMs: number): Promise<void> {
  await stack.simulator.waitFor(
    `a recorder in each of ${String(count)} channels`,
    (state) => state.channels.filter((channel) => channel.recorders.length > 0).length >= count,
    limitMs,
  );
}

/** Per channel: from the death of the recorder to the next start that took effect, in seconds. */
async function recoveriesOf(stack: Stack): Promise<ReadonlyMap<string, number>> {
  const killedAtMs = new Map<string, number>();
  const recoveries = new Map<string, number>();
  for (const line of await readHistory(stack.historyPath)) {
    if (line.kind === "recorder-left" && line.cause === "killed") killedAtMs.set(line.channelName, line.atMs);
    const leftAtMs = line.kind === "recorder-joined" ? killedAtMs.get(line.channelName) : undefined;
    if (line.kind === "recorder-joined" && leftAtMs !== undefined && !recoveries.has(line.channelName))
      recoveries.set(line.channelName, (line.atMs - leftAtMs) / 1_000);
  }
  return recoveries;
}
