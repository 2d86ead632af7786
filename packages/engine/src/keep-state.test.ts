import { expect, test } from "vitest";
import { keepState } from "./keep-state.ts";

/** The looks of a process that is told each time which of two shards have their state. */
async function toldOver(looks: readonly (readonly [boolean, boolean])[]): Promise<readonly string[]> {
  const told: string[] = [];
  const over = new AbortController();
  let nowMs = 0;
  await keepState(
    {
      store: { readyState: (shard) => Promise.resolve(looks[nowMs / 1_000 - 1]?.[shard] ?? false) },
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
      [true, true],
      [true, false],
      [true, false],
      [true, true],
      [false, true],
    ]),
  ).toEqual(["1000: 1", "1000: 1", "4000: 0"]);
});
