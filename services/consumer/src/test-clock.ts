import type { Clock } from "@autorec/service-kit";

/** A clock whose sleeps take no time but pass: the next turn of the event loop comes first. */
export function createTestClock(startMs: number): Clock & { readonly sleptMs: readonly number[] } {
  const sleptMs: number[] = [];
  let nowMs = startMs;
  return {
    sleptMs,
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    async sleep(ms, signal) {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted === true) return;
      sleptMs.push(ms);
      nowMs += ms;
    },
  };
}
