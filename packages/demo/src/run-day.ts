import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Devstack } from "@autorec/devstack";
import { createSessionStore } from "@autorec/session-store";
import { formatSummary, judgeHistory, readHistory, summarize } from "@autorec/simulator/judge";
import type { DemoOptions } from "./demo-options.ts";
import { historyPathOf } from "./history-path.ts";
import { writeRunFile } from "./run-file.ts";
import { startForeignRecorder } from "./sabotage.ts";
import { dayScenario } from "./scenario/day-scenario.ts";
import { describeAction } from "./scenario/describe-action.ts";
import { playScenario } from "./scenario/play-scenario.ts";
import { runDurations } from "./stack/run-durations.ts";
import type { Stack } from "./stack/start-stack.ts";
import { startStack } from "./stack/start-stack.ts";
import { drawUntil } from "./view/draw-until.ts";
import type { Drawing } from "./view/draw-until.ts";
import type { ViewOutput } from "./view/live-view.ts";

/** What a day is run with. */
export interface DayOptions {
  readonly devstack: Pick<Devstack, "kafkaBrokers" | "redisUrl">;
  readonly options: DemoOptions;
  /** Ends the day early, and later what `--keep` has left running. */
  readonly signal: AbortSignal;
  /** Gets each line that is no part of the live view. */
  readonly say: (line: string) => void;
  /** Where KAFKA_BROKERS is read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the live view is drawn. */
  readonly output: ViewOutput;
}

/** How a day ended: every invariant held, one did not, or it was interrupted before there was a verdict. */
export type DayEnding = "upheld" | "violated" | "interrupted";

/** Requests per second of the demo's Agora account, given to both sides. */
const requestsPerSecond = 50;
const shardCount = 16;
const lookMs = 250;
/** After the last leave: grace, stop, and a ghost's idle exit; the run ends by itself long before. */
const settleMsMax = 25_000;

/**
 * Runs the scripted day on a stack of its own, shows it, and judges it from the simulator's history. Whether it answers or
 * rejects, no process, topic or key of the day is left.
 */
export async function runDay(day: DayOptions): Promise<DayEnding> {
  const { devstack, options, signal, say } = day;
  say("starting simulator, 2 consumers, 2 watchdogs");
  const stack = await startStack({
    devstack,
    consumers: 2,
    watchdogs: 2,
    durations: runDurations(day.env),
    requestsPerSecond,
    delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
    seed: options.seed,
    historyPath: historyPathOf(options),
    signal,
  });
  const store = createSessionStore({ redis: { url: devstack.redisUrl }, prefix: stack.runId, shardCount });
  const forget = options.keep ? announceRun(stack, devstack) : undefined;
  const draw = (): Drawing => drawUntil({ store, shardCount, simulator: stack.simulator }, day.output, signal);
  try {
    say("demo running: 12 channels for about a minute; `fast` profile, minutes are seconds");
    const drawing = draw();
    await actDay(stack, drawing, { sabotage: options.sabotage, signal });
    await untilSettled(stack, signal);
    await drawing.stop();
    if (signal.aborted) {
      say("interrupted: the day was not finished, so there is no verdict");
      return "interrupted";
    }
    const ending = await judgeDay(stack, day);
    if (options.keep) {
      say(howToAct(stack, runDurations(day.env).graceNormalMs));
      await draw().done;
    }
    return ending;
  } finally {
    forget?.();
    await store.close();
    await stack.stop();
  }
}

async function actDay(
  stack: Stack,
  drawing: Drawing,
  { sabotage, signal }: { readonly sabotage: boolean; readonly signal: AbortSignal },
): Promise<void> {
  await playScenario(dayScenario, {
    stack,
    signal,
    onAction: (action) => {
      const words = describeAction(action);
      if (words !== undefined) drawing.tell(words);
      if (sabotage && action.kind === "migrate") {
        startForeignRecorder(stack, "class-2").catch((err: unknown) => {
          drawing.tell(`the sabotage failed: ${String(err)}`);
        });
      }
    },
  });
}

/** Waits until no recorder is left in any channel; what is still there then is the judge's affair. */
async function untilSettled(stack: Stack, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + settleMsMax;
  while (performance.now() < untilMs && !signal.aborted) {
    const { channels, pendingEvents } = await stack.simulator.state();
    const live = channels
      .flatMap((channel) => channel.recorders)
      .filter((recorder) => recorder.phase === "live" || recorder.phase === "migrating");
    if (live.length === 0 && pendingEvents === 0) return;
    await sleep(lookMs);
  }
}

async function judgeDay(stack: Stack, { options, say }: Pick<DayOptions, "options" | "say">): Promise<DayEnding> {
  await stack.simulator.note({ note: "run-ended" });
  const judgement = judgeHistory(await readHistory(stack.historyPath));
  say(`\n${formatSummary(judgement, stack.historyPath)}`);
  if (options.summaryPath !== undefined) {
    writeFileSync(options.summaryPath, `${JSON.stringify(summarize(judgement, stack.historyPath), undefined, 2)}\n`);
  }
  return judgement.violations.length > 0 ? "violated" : "upheld";
}

/** Tells `npm run event` where this run is; answers how to take that back. */
function announceRun(stack: Stack, devstack: Pick<Devstack, "kafkaBrokers">): () => void {
  return writeRunFile({
    simulatorUrl: stack.simulatorProcess.url,
    kafkaBrokers: devstack.kafkaBrokers,
    topic: `${stack.runId}.rtc.channel-events`,
    appId: stack.secrets.appId,
  });
}

function howToAct(stack: Stack, graceMs: number): string {
  return `
still running until Ctrl-C; in another terminal:
  npm run event -- join my-class 42     42 enters my-class: within a second a recorder joins (status covered)
  npm run event -- leave my-class 42    the channel empties: after ${String(graceMs / 1_000)} s of grace the recorder is stopped
logs of the processes   ${stack.folder}
metrics                 ${[...stack.services.values()].map((service) => `${service.url}/metrics`).join("  ")}
`;
}
