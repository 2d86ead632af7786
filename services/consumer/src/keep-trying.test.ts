import { expect, test } from "vitest";
import { keepTrying } from "./keep-trying.ts";
import { createTestClock } from "./test-clock.ts";

function setup(signal = new AbortController().signal) {
  const clock = createTestClock(0);
  const seen: string[] = [];
  const health = { failed: () => seen.push("failed"), works: () => seen.push("works"), problem: () => undefined };
  return { clock, seen, options: { signal, clock, health, isFinal: () => Promise.resolve(false) } };
}

test("work is repeated with growing pauses, at most 5 s, until it succeeds", async () => {
  const { clock, options, seen } = setup();
  let left = 9;
  const tried = await keepTrying(
    () => (left-- > 0 ? Promise.reject(new Error("away")) : Promise.resolve("ok")),
    options,
  );
  expect(tried).toEqual({ kind: "done", value: "ok", tries: 10 });
  expect(clock.sleptMs).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(seen.at(-1)).toBe("works");
});

test("a process that stops still finishes what works, and abandons what fails", async () => {
  const { options } = setup(AbortSignal.abort());
  expect(await keepTrying(() => Promise.resolve(1), options)).toMatchObject({ kind: "done" });
  expect(await keepTrying(() => Promise.reject(new Error("away")), options)).toEqual({ kind: "abandoned" });
});

test("a failure that is called final is handed back", async () => {
  const { options } = setup();
  const error = new Error("no");
  const isFinal = (_err: unknown, tries: number) => Promise.resolve(tries === 3);
  expect(await keepTrying(() => Promise.reject(error), { ...options, isFinal })).toEqual({ kind: "refused", error });
});
