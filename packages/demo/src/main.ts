import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { startDevstack } from "@autorec/devstack";
import { createSessionStore } from "@autorec/session-store";
import { judgeHistory, formatSummary, readHistory, summarize } from "@autorec/simulator/judge";
import { demoUsage, parseDemoOptions } from "./demo-options.ts";
import type { DemoOptions } from "./demo-options.ts";
import { describeAction } from "./scenario/describe-action.ts";
import { dayScenario } from "./scenario/day-scenario.ts";
import { playScenario } from "./scenario/play-scenario.ts";
import { startForeignRecorder } from "./sabotage.ts";
import { writeRunFile } from "./run-file.ts";
import type { Stack } from "./stack/start-stack.ts";
import { repositoryRoot } from "./stack/stack-files.ts";
import { runDurations } from "./stack/run-durations.ts";
import { startStack } from "./stack/start-stack.ts";
import { LiveView } from "./view/live-view.ts";
import { watchChannels } from "./view/watch-channels.ts";

/** Requests per second of the demo's Agora account, given to both sides. */
const requestsPerSecond = 50;
const shardCount = 16;
const viewMs = 250;
/** After the last leave: grace, stop, and a ghost's idle exit; the run ends by itself long before. */
const settleMsMax = 25_000;

await main(process.argv.slice(2)).catch((err: unknown) => {
  process.stderr.write(`demo: ${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
});

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    process.stdout.write(`${demoUsage}\n`);
    return;
  }
  const options = parseDemoOptions(args);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      process.stderr.write("stopping\n");
      interrupted.abort();
    });
  }
  const devstack = await startDevstack({ log: say });
  try {
    if (!interrupted.signal.aborted) await runDay(devstack, options, interrupted.signal);
  } finally {
    await devstack.stop();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runDay(
  devstack: Awaited<ReturnType<typeof startDevstack>>,
  options: DemoOptions,
  signal: AbortSignal,
): Promise<void> {
  say("starting simulator, 2 consumers, 2 watchdogs");
  const stack = await startStack({
    devstack,
    consumers: 2,
    watchdogs: 2,
    durations: runDurations(process.env),
    requestsPerSecond,
    delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
    seed: options.seed,
    historyPath: historyPathOf(options),
  });
  const store = createSessionStore({ redis: { url: devstack.redisUrl }, prefix: stack.runId, shardCount });
  const forget = options.keep ? announceRun(stack, devstack) : undefined;
  try {
    if (isInterrupted(signal)) return;
    say("demo running: 12 channels for about a minute; `fast` profile, minutes are seconds");
    const view = new LiveView(process.stdout);
    const drawing = drawUntil(view, { stack, store }, signal);
    await actDay(stack, view, { sabotage: options.sabotage, signal });
    await settled(stack, signal);
    drawing.stop();
    await drawing.done;
    if (isInterrupted(signal)) {
      say("interrupted: the day was not finished, so there is no verdict");
      return;
    }
    await stack.simulator.note({ note: "run-ended" });
    await report(stack, options);
    if (options.keep) await keepRunning({ stack, store }, signal);
  } finally {
    forget?.();
    await store.close();
    await stack.stop();
  }
}

/** Asked anew each time: the signal may come between any two steps. */
function isInterrupted(signal: AbortSignal): boolean {
  return signal.aborted;
}

interface Watched {
  readonly stack: Stack;
  readonly store: ReturnType<typeof createSessionStore>;
}

function drawUntil(view: LiveView, watched: Watched, signal: AbortSignal): { stop: () => void; done: Promise<void> } {
  const startedAtMs = performance.now();
  let isOver = false;
  const draw = async (): Promise<void> => {
    while (!isOver && !signal.aborted) {
      const rows = await watchChannels({ store: watched.store, shardCount, simulator: watched.stack.simulator });
      view.update(clockOf(startedAtMs), rows);
      await new Promise((resolve) => setTimeout(resolve, viewMs));
    }
    view.end();
  };
  return {
    stop: () => {
      isOver = true;
    },
    done: draw().catch((err: unknown) => {
      process.stderr.write(`the view ended: ${err instanceof Error ? err.message : String(err)}\n`);
    }),
  };
}

function clockOf(startedAtMs: number): string {
  const seconds = Math.floor((performance.now() - startedAtMs) / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

async function actDay(
  stack: Stack,
  view: LiveView,
  options: { readonly sabotage: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const startedAtMs = performance.now();
  await playScenario(dayScenario, {
    stack,
    signal: options.signal,
    onAction: (action) => {
      const words = describeAction(action);
      if (words !== undefined) view.tell(clockOf(startedAtMs), words);
      if (options.sabotage && action.kind === "migrate") {
        startForeignRecorder(stack, "class-2").catch((err: unknown) => {
          view.tell(clockOf(startedAtMs), `the sabotage failed: ${String(err)}`);
        });
      }
    },
  });
}

/** Waits until no recorder is left in any channel; what is still there then is the judge's affair. */
async function settled(stack: Stack, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + settleMsMax;
  while (performance.now() < untilMs && !signal.aborted) {
    const { channels, pendingEvents } = await stack.simulator.state();
    const live = channels
      .flatMap((channel) => channel.recorders)
      .filter((recorder) => recorder.phase === "live" || recorder.phase === "migrating");
    if (live.length === 0 && pendingEvents === 0) return;
    await new Promise((resolve) => setTimeout(resolve, viewMs));
  }
}

/** The history outlives the run, so that a summary can be checked against it. */
function historyPathOf(options: DemoOptions): string {
  if (options.historyPath !== undefined) return resolve(options.historyPath);
  const folder = join(repositoryRoot, ".cache", "demo");
  mkdirSync(folder, { recursive: true });
  return join(folder, "history.jsonl");
}

async function report(stack: Stack, options: DemoOptions): Promise<void> {
  const judgement = judgeHistory(await readHistory(stack.historyPath));
  say(`\n${formatSummary(judgement, stack.historyPath)}`);
  if (options.summaryPath !== undefined) {
    writeFileSync(options.summaryPath, `${JSON.stringify(summarize(judgement, stack.historyPath), undefined, 2)}\n`);
  }
  if (judgement.violations.length > 0) process.exitCode = 1;
}

/** Tells `npm run event` where this run is; answers how to take that back. */
function announceRun(stack: Stack, devstack: { readonly kafkaBrokers: string }): () => void {
  return writeRunFile({
    simulatorUrl: stack.simulatorProcess.url,
    kafkaBrokers: devstack.kafkaBrokers,
    topic: `${stack.runId}.rtc.channel-events`,
    appId: stack.secrets.appId,
  });
}

/** Leaves the stack to people until they interrupt it, and shows what their events do. */
async function keepRunning(watched: Watched, signal: AbortSignal): Promise<void> {
  const { stack } = watched;
  say(`
still running until Ctrl-C; in another terminal:
  npm run event -- join my-class 42     42 enters my-class: within a second a recorder joins (status covered)
  npm run event -- leave my-class 42    the channel empties: after ${String(runDurations(process.env).graceNormalMs / 1_000)} s of grace the recorder is stopped
logs of the processes   ${stack.folder}
metrics                 ${[...stack.services.values()].map((service) => `${service.url}/metrics`).join("  ")}
`);
  await drawUntil(new LiveView(process.stdout), watched, signal).done;
}
