import { describe, expect, it } from "vitest";
import { live } from "./channel-life.ts";
import { SimulatedWorld } from "./simulated-world.ts";

const seedGiven = process.env["SEED"];
const seeds = seedGiven === undefined ? Array.from({ length: 200 }, (_, i) => i + 1) : [Number(seedGiven)];

describe("a channel, whatever happens to its recorders, its answers and its processes", () => {
  it.each(seeds)("is recorded once, stopped, and leaves nothing behind: seed %i", (seed) => {
    const { violations } = live(seed);
    expect(violations, `repeat with SEED=${seed} vitest run --project simulation`).toEqual([]);
  });

  it("really has been through a storm", () => {
    const worlds = seeds.slice(0, 20).map((seed) => live(seed));
    const claims = worlds.reduce((sum, world) => sum + world.restarts, 0);
    const recorders = worlds.reduce((sum, world) => sum + world.agora.recorders.length, 0);
    expect(claims / worlds.length).toBeGreaterThan(5);
    expect(recorders).toBeGreaterThan(5 * worlds.length);
  });
});

describe("a recorder that dies in a calm channel", () => {
  it.each([
    ["with its leave published", false],
    ["silently", true],
  ])("%s, is replaced within its bound", (_, silent) => {
    for (const seed of seeds.slice(0, 20)) {
      const world = new SimulatedWorld({ seed, stormPolls: 0, workers: 2, calm: true });
      const d = world.durations;
      world.setPeople(1);
      world.runFor(d.pollMs);
      const before = world.longestGapMs;
      world.killRecorder({ silent });
      world.runFor(2 * d.pollMs + world.rule.coverAfterMs + d.workSlackMs);
      const bound = (silent ? 1.1 * d.pollMs : 0) + world.rule.coverAfterMs + d.workSlackMs;
      expect(before, `start of seed ${seed}`).toBeLessThan(d.workSlackMs);
      expect(world.longestGapMs, `gap of seed ${seed}`).toBeGreaterThan(0);
      expect(world.longestGapMs, `gap of seed ${seed}`).toBeLessThanOrEqual(bound);
      expect(world.violations, `seed ${seed}`).toEqual([]);
    }
  });
});
