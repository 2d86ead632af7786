import { expect, test } from "vitest";
import { RedisClock } from "./redis-clock.ts";

/** Asked at 1 000 local, answered at 1 040 local by a Redis whose clock showed 500 000 somewhere in between. */
function learned() {
  let localMs = 1_040;
  const clock = new RedisClock({ monotonicMs: () => localMs });
  clock.learn(500_000, 1_000);
  return { clock, wait: (ms: number) => (localMs += ms) };
}

test("the earliest estimate takes the reply as made at the last moment, the latest one as made at the first", () => {
  const { clock } = learned();
  expect(clock.earliestMs()).toBe(500_000);
  expect(clock.latestMs()).toBe(500_040);
});

test("both go on with the local clock, in whole milliseconds to the safe side", () => {
  const { clock, wait } = learned();
  wait(10.5);
  expect(clock.earliestMs()).toBe(500_010);
  expect(clock.latestMs()).toBe(500_051);
});

test("a newer reply takes the place of the older one", () => {
  const { clock, wait } = learned();
  wait(100);
  clock.learn(500_095, 1_135);
  expect(clock.earliestMs()).toBe(500_095);
  expect(clock.latestMs()).toBe(500_100);
});
