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

const seedsOfEach = 1_000;

it.each([
  ["Redis fails over and loses its last writes", "failovers"],
  ["the account has hardly enough requests and workers (I7)", "scarce"],
] as const)(
  `${String(seedsOfEach)} lives in which %s violate nothing`,
  async (_, kind) => {
    const report = await runSeeds({ from: 1_001, seeds: seedsOfEach, variant: "model", [kind]: true });
    expect(report.failed, `repeat with npm run test:simulation -- --${kind} --seed SEED --trace`).toEqual([]);
    expect(report.seeds).toBe(seedsOfEach);
  },
  600_000,
);
