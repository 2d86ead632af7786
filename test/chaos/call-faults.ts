import type { SimulatorClient } from "@autorec/simulator";

type FaultOrder = Parameters<SimulatorClient["fault"]>[0];

/** How Agora misbehaves for some seconds: each a share of the calls that it fits. */
const share = { count: "unlimited", probability: 0.3, lastsMs: 3_000 } as const;

/** The simulator's faults on calls that chaos draws from; faults on recordings happen in the life of the channels. */
export const callFaults = [
  { preset: "206-65", ...share },
  { preset: "500-62", ...share },
  { preset: "500-502", ...share },
  { preset: "500-500", ...share },
  { preset: "500-501", ...share },
  { preset: "500-504", ...share },
  { preset: "500-15", ...share },
  { preset: "504-62", ...share },
  { preset: "429", ...share },
  { preset: "400-406", ...share },
  { preset: "gateway-page", ...share },
  { preset: "drop-before", ...share },
  { preset: "drop-after", ...share },
  { preset: "hang-before", ...share },
  { preset: "hang-after", ...share },
  { preset: "late-effect", ...share, effectDelayMs: 2_000, match: { call: "start" } },
  { preset: "slow-request", ...share, delayMs: 700 },
  { preset: "slow-answer", ...share, delayMs: 700 },
] as const satisfies readonly FaultOrder[];
