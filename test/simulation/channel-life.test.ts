import { describe, expect, it } from "vitest";
import { live, openModel } from "./live.ts";
import { World } from "./world.ts";

const seeds = Array.from({ length: 100 }, (_, i) => i + 1);

describe("channels, whatever happens to their recorders, their answers and their processes", () => {
  it.each(seeds)("are recorded once, stopped, and leave nothing behind: seed %i", async (seed) => {
    const { violations } = await live({ seed });
    expect(violations, `repeat with npm run test:simulation -- --seed ${String(seed)} --trace`).toEqual([]);
  });

  it("have really been through a storm", async () => {
    const lives = await Promise.all(seeds.slice(0, 10).map((seed) => live({ seed })));
    expect(lives.reduce((sum, { struck }) => sum + struck.length, 0) / lives.length).toBeGreaterThan(50);
    expect(lives.reduce((sum, { recorders }) => sum + recorders, 0) / lives.length).toBeGreaterThan(5);
  });

  it("live the same life again with the same seed", async () => {
    const traces = await Promise.all(
      [1, 2].map(async () => {
        const lines: string[] = [];
        await live({ seed: 7, trace: (line) => lines.push(line) });
        return lines;
      }),
    );
    expect(traces[0]).toEqual(traces[1]);
  });
});

describe("a recorder that dies in a calm channel", () => {
  it.each([
    ["with its leave published", false],
    ["silently", true],
  ])("%s, is replaced within its bound", async (_, silent) => {
    for (const seed of seeds.slice(0, 20)) {
      const world = new World({ seed, openBackend: openModel, calm: true });
      const { durations: d, rule } = world.plan;
      const { judge } = world;
      const room = world.rooms[0];
      if (room === undefined) throw new Error("a world has a room");
      judge.beginCalm();
      await world.runFor(d.kafkaSessionMs);
      room.join(100);
      await world.runFor(d.pollMs);
      expect(judge.longestGapMs, `start of seed ${String(seed)}`).toBeLessThan(d.workSlackMs);
      const [recorder] = world.agora.recorders.live(room.name);
      if (recorder === undefined) throw new Error(`nobody records in seed ${String(seed)}`);
      world.agora.recorders.leave(recorder, { silent });
      judge.longestGapMs = 0;
      await world.runFor(2 * d.pollMs + rule.coverAfterMs + d.workSlackMs);
      const bound = (silent ? 1.1 * d.pollMs : 0) + rule.coverAfterMs + d.workSlackMs;
      expect(judge.longestGapMs, `gap of seed ${String(seed)}`).toBeGreaterThan(0);
      expect(judge.longestGapMs, `gap of seed ${String(seed)}`).toBeLessThanOrEqual(bound);
      expect(judge.violations, `seed ${String(seed)}`).toEqual([]);
    }
  });
});
