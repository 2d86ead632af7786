import { expect, test } from "vitest";
import { RequestPace } from "./request-pace.ts";

test("no second ever sees more than its share, however the requests come", () => {
  const pace = new RequestPace({ perSecond: 20, waitMsMax: 60_000 });
  const sentAtMs: number[] = [];
  for (const nowMs of [
    ...Array<number>(45).fill(0),
    ...Array<number>(30).fill(2_700),
    ...Array<number>(25).fill(9_999),
  ]) {
    sentAtMs.push(nowMs + (pace.waitMs(nowMs) ?? Number.NaN));
  }
  for (const fromMs of sentAtMs) {
    const inSecond = sentAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000);
    expect(inSecond.length).toBeLessThanOrEqual(20);
  }
  expect(sentAtMs).toEqual(sentAtMs.toSorted((one, other) => one - other));
  expect(sentAtMs[19]).toBe(0);
  expect(sentAtMs[20]).toBe(1_000);
});

test("who would wait too long is told so and takes no place", () => {
  const pace = new RequestPace({ perSecond: 2, waitMsMax: 1_500 });
  expect([0, 0, 0, 0, 0, 0].map((nowMs) => pace.waitMs(nowMs))).toEqual([0, 0, 1_000, 1_000, undefined, undefined]);
  expect(pace.waitMs(1_000)).toBe(1_000);
});
