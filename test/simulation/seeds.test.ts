import { expect, it } from "vitest";
import { coverageOf } from "./coverage.ts";
import { openSeeds } from "./open-seeds.ts";
import { runSeeds } from "./run-seeds.ts";

// As many as `npm run test:simulation` lives; in as many processes as there are cores: under three minutes on two.
const seeds = 10_000;

it(`${String(seeds)} lives, in processes of their own, violate nothing but what open-seeds.ts tells of, and meet every cell that is not excused`, async () => {
  const report = await runSeeds({ from: 1_001, seeds, variant: "model" });
  const failed = report.failed.filter(({ seed }) => !openSeeds.has(seed));
  expect(failed, "repeat with npm run test:simulation -- --seed SEED --trace").toEqual([]);
  expect(report.seeds).toBe(seeds);
  expect(coverageOf(report.cells).complaints, "see coverage-notes.ts").toEqual([]);
}, 1_200_000);

const seedsOfFailovers = 1_000;

it(`${String(seedsOfFailovers)} lives in which Redis fails over and loses its last writes violate nothing`, async () => {
  const report = await runSeeds({ from: 1_001, seeds: seedsOfFailovers, variant: "model", failovers: true });
  expect(report.failed, "repeat with npm run test:simulation -- --failovers --seed SEED --trace").toEqual([]);
  expect(report.seeds).toBe(seedsOfFailovers);
}, 600_000);
