import type { z } from "zod";
import type { scenarioAnswer, scenariosAnswer } from "../admin/answers.ts";
import type { Random } from "../time/random.ts";
import { createRandom } from "../time/random.ts";
import type { Cancel } from "../time/scheduler.ts";
import type { Stage } from "./perform-step.ts";
import { performStep } from "./perform-step.ts";
import type { PlannedStep } from "./plan-scenario.ts";
import { planScenario } from "./plan-scenario.ts";
import type { Scenario } from "./scenario-schema.ts";

/** Plays scenarios, several at a time if asked to. */
export interface ScenarioPlayer {
  /** Begins at once. */
  readonly play: (scenario: Scenario) => z.output<typeof scenarioAnswer>;
  readonly list: () => z.output<typeof scenariosAnswer>["scenarios"];
  /** Drops what is still to come; answers how many scenarios were playing. */
  readonly stop: (scenarioId: string) => number;
}

interface Run {
  readonly answer: z.output<typeof scenarioAnswer>;
  readonly plan: readonly PlannedStep[];
  readonly startedAtMs: number;
  readonly failures: string[];
  phase: "playing" | "ended" | "stopped";
  done: number;
  cancel: Cancel | undefined;
}

const failuresMax = 20;
/** Of those that are over; older ones are forgotten. */
const runsMax = 100;

export interface ScenarioPlayerOptions {
  /** Seeds the scenarios that bring no seed. */
  readonly random: Random;
  /** Told of steps that came to nothing, one line each. */
  readonly warn: (message: string) => void;
}

export function createScenarioPlayer(stage: Stage, { random, warn }: ScenarioPlayerOptions): ScenarioPlayer {
  const { scheduler } = stage.world;
  const runs: Run[] = [];
  let nextId = 1;
  const fail = ({ answer, failures }: Run, failure: string): void => {
    if (failures.length >= failuresMax) return;
    failures.push(failure);
    const words = `scenario ${answer.name}, ${failure}`.replaceAll(/\s*\n\s*/g, " ");
    warn(failures.length === failuresMax ? `${words}; further ones are not told` : words);
  };

  /** One timer for the whole scenario: what is due now, then the next time. */
  const proceed = (run: Run): void => {
    for (let next = run.plan[run.done]; next !== undefined; next = run.plan[run.done]) {
      const dueMs = run.startedAtMs + next.atMs;
      if (dueMs > scheduler.nowMs()) {
        run.cancel = scheduler.at(dueMs, () => {
          proceed(run);
        });
        return;
      }
      run.done += 1;
      const failure = tryStep(stage, next, run.answer.seed);
      if (failure !== undefined) fail(run, failure);
    }
    run.phase = "ended";
    stage.record({ kind: "note", note: `scenario ${run.answer.name} ended` });
  };

  return {
    play: (scenario) => {
      const seed = scenario.seed ?? random.between(0, 4_294_967_295);
      const plan = planScenario(scenario, createRandom(seed));
      const lengthMs = plan.at(-1)?.atMs ?? 0;
      const answer = {
        scenarioId: `scenario-${String(nextId++)}`,
        name: scenario.name,
        seed,
        steps: plan.length,
        lengthMs,
      };
      const startedAtMs = scheduler.nowMs();
      const run: Run = { answer, plan, startedAtMs, failures: [], phase: "playing", done: 0, cancel: undefined };
      runs.push(run);
      const oldest = runs.findIndex(({ phase }) => phase !== "playing");
      if (runs.length > runsMax && oldest >= 0) runs.splice(oldest, 1);
      stage.record({ kind: "note", note: `scenario ${scenario.name} started, seed ${String(seed)}` });
      proceed(run);
      return answer;
    },
    list: () => runs.map(({ answer, phase, done, failures }) => ({ ...answer, phase, done, failures })),
    stop: (scenarioId) => {
      const run = runs.find(({ answer, phase }) => answer.scenarioId === scenarioId && phase === "playing");
      if (run === undefined) return 0;
      run.cancel?.();
      run.phase = "stopped";
      stage.record({ kind: "note", note: `scenario ${run.answer.name} stopped` });
      return 1;
    },
  };
}

/** A step that cannot be done ends nothing: the others still come. */
function tryStep(stage: Stage, planned: PlannedStep, seed: number): string | undefined {
  const place = `step ${String(planned.stepNumber)}`;
  try {
    const failure = performStep(stage, planned, seed);
    return failure === undefined ? undefined : `${place}: ${failure}`;
  } catch (err) {
    return `${place}: ${err instanceof Error ? err.message : String(err)}`;
  }
}
