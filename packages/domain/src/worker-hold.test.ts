import { expect, test } from "vitest";
import { attemptIn, t0 } from "./channel-fixture.ts";
import { realDurations } from "./durations.ts";
import { stretchedPollMs } from "./waits.ts";
import { workerHoldMs } from "./worker-hold.ts";

const held = (st: Parameters<typeof attemptIn>[0], change = {}): number =>
  workerHoldMs(attemptIn(st, change), t0, realDurations);

test("what may run keeps its worker until it is certainly gone, ghosts and stops too (mutation 35)", () => {
  expect(held("CLAIMED")).toBe(120_000);
  for (const st of ["READY", "LIVE", "CONF", "GHOST", "STOPPING"] as const) expect(held(st)).toBe(600_000);
  expect(held("CLOSED")).toBe(0);
});

test("a doubt keeps its worker for exactly as long as its start may still take effect", () => {
  expect(held("DOUBT", { resourceDeadAtMs: t0 + 1_234 })).toBe(1_234);
  expect(held("DOUBT", { resourceDeadAtMs: t0 - 1 })).toBe(0);
});

test("a poll stretches to twice its wait at most, and never so far that a recorder may idle out between two looks", () => {
  expect(stretchedPollMs(300_000, realDurations)).toBe(218_181);
  expect(1.1 * stretchedPollMs(300_000, realDurations)).toBeLessThanOrEqual(300_000 - 2 * realDurations.leaseMs);
  expect(stretchedPollMs(7_200_000, realDurations)).toBe(240_000);
  expect(stretchedPollMs(192_000, realDurations)).toBe(realDurations.pollMs);
});
