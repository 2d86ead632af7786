import { expect, test } from "vitest";
import { createTestClock } from "./test-clock.ts";
import { whileHeartbeating } from "./while-heartbeating.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("the membership is kept while the work lasts, and no longer", async () => {
  let beats = 0;
  const options = {
    heartbeat: async () => void (beats += 1),
    everyMs: 500,
    clock: createTestClock(0),
    signal: new AbortController().signal,
  };
  const answer = await whileHeartbeating(async () => {
    while (beats < 3) await turn();
    return "done";
  }, options);
  const beatsAtEnd = beats;
  await turn();
  await turn();
  expect(answer).toBe("done");
  expect(beats).toBe(beatsAtEnd);
});

test("a refused heartbeat stops the work, waits for it and is thrown", async () => {
  const refusal = new Error("rebalancing");
  let ended = false;
  const options = {
    heartbeat: () => Promise.reject(refusal),
    everyMs: 500,
    clock: createTestClock(0),
    signal: new AbortController().signal,
  };
  const work = whileHeartbeating(async (stop) => {
    while (!stop.aborted) await turn();
    await turn();
    ended = true;
  }, options);
  await expect(work).rejects.toBe(refusal);
  expect(ended).toBe(true);
});
