import { expect, it } from "vitest";
import { coverageOf } from "./coverage.ts";
import { runSeeds } from "./run-seeds.ts";

// As many as `npm run test:simulation` lives, others; in as many processes as there are cores: within 3 minutes on two.
const seeds = 10_000;
/**
 * Two recorders in a row that die unseen after exactly their idle time look like a channel that a lost leave keeps open: who is
 * there becomes doubtful, and nobody records until the probe (SPEC.md, "Presence that lies"). One seed in ten thousand.
 */
const openSeeds: ReadonlySet<number> = new Set([6_553]);

it(`${String(seeds)} more lives, in processes of their own, violate nothing, and meet every cell that is not excused`, async () => {
  const report = await runSeeds({ from: 1_001, seeds, variant: "model" });
  const failed = report.failed.filter(({ seed }) => !openSeeds.has(seed));
  expect(failed, "repeat with npm run test:simulation -- --seed SEED --trace").toEqual([]);
  expect(report.seeds).toBe(seeds);
  expect(coverageOf(report.cells).complaints, "see coverage-notes.ts").toEqual([]);
}, 1_200_000);
