// One process of a simulation: lives its share of the seeds and reports to its parent.
import { z } from "zod";
import { live } from "./live.ts";
import { openBackendOf } from "./open-backend.ts";
import type { SeedsReport } from "./run-seeds.ts";

const order = z
  .object({
    from: z.int(),
    to: z.int(),
    step: z.int(),
    variant: z.enum(["model", "lua"]),
    failovers: z.boolean(),
    scarce: z.boolean(),
  })
  .parse(JSON.parse(process.argv[2] ?? "{}"));
/** More failures say no more. */
const failedMax = 20;

/** By row, then by state: one text for both would have to be made at every step. */
const met = new Map<string, Map<string, number>>();
const failed: { seed: number; violation: string }[] = [];
let [seeds, decisions, faults] = [0, 0, 0];
const onCell = (row: string, state: string): void => {
  const states = met.get(row) ?? new Map<string, number>();
  if (states.size === 0) met.set(row, states);
  states.set(state, (states.get(state) ?? 0) + 1);
};
const opened = await openBackendOf(order.variant);
for (let seed = order.from; seed <= order.to && failed.length < failedMax; seed += order.step) {
  const life = await live({ seed, onCell, openBackend: opened.open, failovers: order.failovers, scarce: order.scarce });
  seeds += 1;
  decisions += life.decisions;
  faults += life.struck.length;
  const [violation] = life.violations;
  if (violation !== undefined) failed.push({ seed, violation });
}
await opened.close();
const cells = Object.fromEntries(
  [...met].flatMap(([row, states]) => [...states].map(([state, times]) => [`${row}|${state}`, times])),
);
const report: SeedsReport = { seeds, failed, cells, decisions, faults };
process.send?.(report, undefined, undefined, () => process.disconnect());
