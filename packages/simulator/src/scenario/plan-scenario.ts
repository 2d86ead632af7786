import type { Random } from "../time/random.ts";
import type { Scenario, ScenarioStep } from "./scenario-schema.ts";
import { lengthMs } from "./scenario-schema.ts";

/** One thing that happens, at its time from the start of the scenario. */
export interface PlannedStep {
  readonly atMs: number;
  readonly step: ScenarioStep;
  /** Of the scenario, from 1. */
  readonly stepNumber: number;
  /** Of a repeated step, from 0. */
  readonly repetition: number;
}

/** Everything that a scenario lets happen, in the order of its time: the same chance gives the same plan. */
export function planScenario({ steps }: Scenario, random: Random): readonly PlannedStep[] {
  return steps
    .flatMap((step, index) => {
      const { at, every, times = 1, jitter } = step;
      const [fromMs, everyMs, jitterMs] = [lengthMs(at), every === undefined ? 0 : lengthMs(every), lengthMs(jitter)];
      return Array.from({ length: times }, (_, repetition) => ({
        atMs: fromMs + repetition * everyMs + (jitterMs === 0 ? 0 : random.between(0, jitterMs)),
        step,
        stepNumber: index + 1,
        repetition,
      }));
    })
    .toSorted((a, b) => a.atMs - b.atMs);
}
