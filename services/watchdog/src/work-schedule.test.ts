import { expect, test } from "vitest";
import { workSchedule } from "./work-schedule.ts";

// A process that slept a whole tick after each round took 256 channels a second, whatever was due.
test("a round that leaves something behind is followed by the next after a tenth of a tick, any other after a tick", async () => {
  const rounds = ["behind", "behind", "done", new Error("redis is away"), "done"] as const;
  const slept: number[] = [];
  const warned: unknown[] = [];
  const over = new AbortController();
  await workSchedule(
    {
      worker: {
        round: () => {
          const round = rounds[slept.length] ?? "done";
          return round instanceof Error ? Promise.reject(round) : Promise.resolve(round);
        },
      },
      firstShard: () => 0,
      tickMs: 1_000,
      clock: {
        sleep: (ms) => {
          slept.push(ms);
          if (slept.length === rounds.length) over.abort();
          return Promise.resolve();
        },
      },
      log: { warn: (...said: readonly unknown[]) => warned.push(said[1]) },
    },
    over.signal,
  );
  expect(slept).toEqual([100, 100, 1_000, 1_000, 1_000]);
  expect(warned).toEqual(["schedule could not be read"]);
});
