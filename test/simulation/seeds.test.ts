import { expect, it } from "vitest";
import { coverageOf } from "./coverage.ts";
import { runSeeds } from "./run-seeds.ts";

// `npm run test:simulation` lives 10,000; this many are lived with every `npm test`, in as many processes as there are cores.
const seeds = 400;

it(`${String(seeds)} more lives, in processes of their own, violate nothing, and meet every cell that is not excused`, async () => {
  const report = await runSeeds({ from: 1_001, seeds, variant: "model" });
  expect(report.failed, "repeat with npm run test:simulation -- --seed SEED --trace").toEqual([]);
  expect(report.seeds).toBe(seeds);
  expect(coverageOf(report.cells).complaints, "see coverage-notes.ts").toEqual([]);
}, 600_000);
