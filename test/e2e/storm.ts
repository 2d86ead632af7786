import { join } from "node:path";
import { playScenario, startStack, stormScenario } from "@autorec/demo";
import type { Devstack } from "@autorec/devstack";
import { fastDurations } from "@autorec/domain";
import type { Durations } from "@autorec/domain";
import { judgeHistory, readHistory } from "@autorec/simulator/judge";
import type { Judgement } from "@autorec/simulator/judge";
import { countIntake } from "../support/count-intake.ts";
import type { Intake } from "../support/count-intake.ts";
import { logTails, untilSettled } from "../support/judged-stack.ts";
import { findMidStartKill } from "./find-mid-start-kill.ts";
import { findSecrets } from "./find-secrets.ts";

/** contracts.md §4: every event three times, shuffled, a tenth of the droppable ones dropped. */
const delivery = { copies: 3, shuffleWindowMs: 400, dropRate: 0.1 };
const channelCount = 50;
const actMs = 55_000;
/** A broker that somebody else runs refuses shorter sessions; this one is ours. */
const durations: Durations = fastDurations;
/** After the last leave: grace, stops, reaps and the idle exits of ghosts. */
const settleMsMax = 32_000;

export interface StormResult {
  readonly seed: number;
  readonly judgement: Judgement;
  readonly intake: Intake;
  /** A process was killed while a start of it was unanswered. */
  readonly killedMidStart: boolean;
  /** Where a planted secret was found; empty when none leaked (I10). */
  readonly leaks: readonly string[];
  readonly durationMs: number;
}

/** Plays one storm on its own stack and judges it from the simulator's history. */
export async function runStorm(seed: number, devstack: Devstack): Promise<StormResult> {
  const startedAtMs = performance.now();
  const stack = await startStack({
    devstack,
    consumers: 3,
    watchdogs: 2,
    durations,
    requestsPerSecond: 200,
    delivery,
    seed,
    ...historyOf(seed),
  });
  try {
    await playScenario(stormScenario({ seed, channelCount, actMs }), { stack, broker: devstack });
    await untilSettled(stack, settleMsMax);
    await stack.simulator.note({ note: "run-ended" });
    const intake = await countIntake(stack, devstack);
    const leaks = await findSecrets(stack, devstack);
    const lines = await readHistory(stack.historyPath);
    const killedMidStart = findMidStartKill(lines);
    return {
      seed,
      judgement: judgeHistory(lines),
      intake,
      killedMidStart,
      leaks,
      durationMs: performance.now() - startedAtMs,
    };
  } catch (cause) {
    throw new Error(`seed ${String(seed)} could not be played:\n${await logTails(stack)}`, { cause });
  } finally {
    await stack.stop();
  }
}

function historyOf(seed: number): { readonly historyPath?: string } {
  const folder = process.env["E2E_HISTORY_DIR"];
  return folder === undefined ? {} : { historyPath: join(folder, `storm-${String(seed)}.jsonl`) };
}
