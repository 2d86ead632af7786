import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { playScenario } from "@autorec/demo";
import { fastDurations } from "@autorec/domain";
import type { Durations } from "@autorec/domain";
import { createRandom } from "@autorec/simulator";
import { judgeHistory, readHistory } from "@autorec/simulator/judge";
import type { Judgement } from "@autorec/simulator/judge";
import { countIntake } from "../support/count-intake.ts";
import type { Intake } from "../support/count-intake.ts";
import { logTails, untilSettled } from "../support/judged-stack.ts";
import { startBreakableStack } from "./breakable-stack.ts";
import type { BreakableStack } from "./breakable-stack.ts";
import { callFaults } from "./call-faults.ts";
import { drawFaults, shuffled } from "./draw-faults.ts";
import { faults } from "./faults.ts";
import { writeMixedPolicy } from "./mixed-policy.ts";
import { randomLife } from "./random-life.ts";

/** How long and how much; the same seed draws the same people, faults and order. */
export interface MixOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly channelCount: number;
  readonly historyPath?: string;
  /** Hears of each fault when it begins. */
  readonly say: (line: string) => void;
}

export interface MixResult {
  readonly seed: number;
  readonly judgement: Judgement;
  readonly intake: Intake;
  /** How often each fault of the parts and of the calls happened. */
  readonly faults: Readonly<Record<string, number>>;
  readonly durationMs: number;
  /** How long this process, one of seven, has stood still at most: seconds tell of a machine that is too busy for the bounds. */
  readonly stallMsMax: number;
}

const delivery = { copies: 2, shuffleWindowMs: 400, dropRate: 0.05 } as const;
/** Between two faults, so that most gaps have one cause. */
const quietMs = 5_000;
const firstFaultMs = 8_000;
/** After the last leave: grace, stops, reaps and the idle exits of ghosts. */
const settleMsMax = 60_000;
/** More than this leave two cores no time beside polls every 3 s and lives of seconds: there both take their time. */
const manyChannels = 50;
/** Two cores that serve 200 channels and break and launch processes meanwhile are seconds late now and then. */
const unhurried = { pollMs: 6_000, workSlackMs: 5_000, stopSlackMs: 6_000 } as const;

/** Plays one seeded mix of everything on its own stack and judges it from the simulator's history. */
export async function runMix(options: MixOptions): Promise<MixResult> {
  const { seed, minutes, channelCount } = options;
  const startedAtMs = performance.now();
  const stalls = monitorEventLoopDelay();
  stalls.enable();
  const durations: Durations = channelCount > manyChannels ? { ...fastDurations, ...unhurried } : fastDurations;
  const { historyPath } = options;
  const policy = writeMixedPolicy(channelCount, durations);
  const { policyPath, recoveries } = policy;
  const history = historyPath === undefined ? {} : { historyPath };
  const world = await startBreakableStack({ seed, durations, delivery, policyPath, recoveries, ...history }).catch(
    (err: unknown) => {
      policy.remove();
      throw err;
    },
  );
  const { stack } = world;
  try {
    const actMs = minutes * 60_000;
    const over = new AbortController();
    const pace = Math.max(1, channelCount / manyChannels);
    const channels = Array.from({ length: channelCount }, (_, i) => policy.channelName(i));
    const life = playScenario(randomLife({ seed, channels, actMs, pace }), { stack, signal: over.signal });
    const disturbing = disturb(world, options, actMs).catch((err: unknown) => {
      over.abort();
      throw err;
    });
    const [, counts] = await Promise.all([life, disturbing]);
    await untilSettled(stack, settleMsMax);
    await stack.simulator.note({ note: "run-ended" });
    const intake = await countIntake(stack, world.devstack);
    const judgement = judgeHistory(await readHistory(stack.historyPath));
    const durationMs = performance.now() - startedAtMs;
    return { seed, judgement, intake, faults: counts, durationMs, stallMsMax: stalls.max / 1e6 };
  } catch (cause) {
    throw new Error(`seed ${String(seed)} could not be played:\n${await logTails(stack)}`, { cause });
  } finally {
    stalls.disable();
    await world.stop();
    policy.remove();
  }
}

/** One fault of a part after the other, each beside a fault of Agora's calls in the quiet time before it; answers how many of each. */
async function disturb(
  world: BreakableStack,
  { seed, say }: MixOptions,
  actMs: number,
): Promise<Readonly<Record<string, number>>> {
  const random = createRandom(seed + 1);
  const parts = drawFaults(random);
  const calls = endlessDeck(callFaults, createRandom(seed + 2));
  const counts = new Map<string, number>();
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    say(`${((performance.now() - startedAtMs) / 1_000).toFixed(0).padStart(5)} s  ${name}`);
  };
  const startedAtMs = performance.now();
  await sleep(firstFaultMs);
  while (performance.now() - startedAtMs < actMs - longestFaultMs) {
    const call = calls.next().value;
    count(`Agora: ${call.preset}`);
    await world.stack.simulator.fault(call);
    await sleep(quietMs);
    const part = parts.next().value;
    count(part);
    await faults[part].happen(world);
    await sleep(quietMs);
  }
  return Object.fromEntries([...counts].toSorted());
}

/** No fault begins so late that it could outlast the people. */
const longestFaultMs = 25_000;

/** Draws every card once before any comes again. */
function* endlessDeck<Card>(cards: readonly Card[], random: ReturnType<typeof createRandom>): Generator<Card, never> {
  for (;;) yield* shuffled(cards, random);
}
