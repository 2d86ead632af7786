import type { AttemptState } from "@autorec/events";
import { attemptStates } from "@autorec/events";
import { describe, expect, it, test } from "vitest";
import type { Attempt } from "./channel-record.ts";
import { attemptIn, t0 } from "./channel-fixture.ts";
import { realDurations } from "./durations.ts";
import { stretchedPollMs } from "./waits.ts";
import { gaveWay } from "./rotation.ts";
import { isTakenOver, workerHoldMs } from "./worker-hold.ts";

const held = (st: Parameters<typeof attemptIn>[0], change = {}): number =>
  workerHoldMs(attemptIn(st, change), t0, realDurations);

test("what may run keeps its worker until it is certainly gone, stops too (mutation 35)", () => {
  expect(held("CLAIMED")).toBe(120_000);
  for (const st of ["READY", "LIVE", "CONF", "STOPPING"] as const) expect(held(st)).toBe(600_000);
  expect(held("CLOSED")).toBe(0);
});

test("a ghost of which nobody hears keeps its worker for ten minutes after its start could take effect (mutations 35, 114)", () => {
  const { sid: _, ...ghost } = attemptIn("GHOST");
  const heldAfter = (ageMs: number): number =>
    workerHoldMs({ ...ghost, acquireSentAtMs: t0 - ageMs, resourceDeadAtMs: t0 }, t0, realDurations);
  expect(heldAfter(0)).toBe(600_000);
  expect(heldAfter(300_000)).toBe(600_000);
  expect(heldAfter(301_000)).toBe(599_000);
  expect(heldAfter(899_999)).toBe(1);
  expect(heldAfter(900_000)).toBe(0);
});

test("a ghost that nobody can control keeps its worker for ten minutes after the last refusal (mutation 114)", () => {
  const heldAfter = (ageMs: number): number =>
    held("GHOST", {
      ...{ sid: "s", controlLost: true, acquireSentAtMs: t0 - 86_400_000 },
      controlErrorsAtMs: [t0 - ageMs - 5_000, t0 - ageMs],
    });
  expect(heldAfter(0)).toBe(600_000);
  expect(heldAfter(599_999)).toBe(1);
  expect(heldAfter(600_000)).toBe(0);
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

describe("a successor goes before all who wait for a worker", () => {
  const successor = attemptIn("CLAIMED", { n: 2 });
  const beside = (st: AttemptState, change: Partial<Attempt> = {}): boolean =>
    isTakenOver(attemptIn(st, { n: 1, ...change }), successor);

  it.each(attemptStates)("beside another one of its slot that is %s and may record", (st) => {
    expect(beside(st)).toBe(["LIVE", "CONF", "GHOST", "STOPPING"].includes(st));
  });

  it("whose recorder was stopped for its worker, also when that is certainly gone", () => {
    expect(beside("CLOSED", { cause: gaveWay })).toBe(true);
    expect(beside("CLOSED", { cause: gaveWay, n: 3 })).toBe(false);
  });

  it("not beside one of another slot or session, nor beside itself", () => {
    expect(beside("CONF", { slot: "secondary" })).toBe(false);
    expect(beside("CONF", { session: "s_0" })).toBe(false);
    expect(beside("CONF", { n: 2 })).toBe(false);
  });
});
