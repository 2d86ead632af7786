import { expect, test } from "vitest";
import { keepState } from "./keep-state.ts";

/** The looks of a process that is told each time since when each of two shards has its state; 0 = it has lost it. */
async function toldOver(looks: readonly (readonly [number, number])[]): Promise<readonly string[]> {
  const told: string[] = [];
  const over = new AbortController();
  let nowMs = 0;
  await keepState(
    {
      store: { readyEpoch: (shard) => Promise.resolve(epochOf(looks[Math.max(0, nowMs / 1_000 - 1)]?.[shard])) },
      shardCount: 2,
      everyMs: 1_000,
      retryMs: 1_000,
      retell: (seenAtMs, missing) => Promise.resolve(told.push(`${String(seenAtMs)}: ${missing.join(",")}`)),
      log: { error: () => undefined, info: () => undefined, warn: () => undefined },
      clock: {
        monotonicMs: () => nowMs,
        sleep(ms) {
          nowMs += ms;
          if (nowMs > looks.length * 1_000) over.abort();
          return Promise.resolve();
        },
      },
    },
    over.signal,
  );
  return told;
}

test("what was known when Redis was last whole is told to the shards that have lost it, and to no other", async () => {
  expect(
    await toldOver([
      [1, 1],
      [1, 0],
      [1, 0],
      [1, 2],
      [0, 2],
    ]),
  ).toEqual(["1000: 1", "1000: 1", "4000: 0"]);
});

test("a process that was stopped while Redis was rebuilt tells afterwards what it knew, once", async () => {
  expect(
    await toldOver([
      [1, 1],
      [1, 2],
      [1, 2],
    ]),
  ).toEqual(["1000: 1"]);
});

function epochOf(sinceMs = 0): string | undefined {
  return sinceMs === 0 ? undefined : String(sinceMs);
}
