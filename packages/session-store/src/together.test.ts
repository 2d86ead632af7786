import { expect, test } from "vitest";
import { together } from "./together.ts";

function counted(most = 100) {
  const runs: string[] = [];
  const ask = together<string, number, number>(
    (key, items) => {
      runs.push(`${key} ${items.join(",")}`);
      return items.includes(13) ? Promise.reject(new Error("unlucky")) : Promise.resolve(items.map((item) => -item));
    },
    { nameOf: (key) => key, most },
  );
  return { ask, runs };
}

test("what is asked in one turn shares a run per key, in the order of the asking, and each gets its own answer", async () => {
  const { ask, runs } = counted();
  const answers = await Promise.all([ask("a", 1), ask("b", 2), ask("a", 3)]);
  expect(answers).toEqual([-1, -2, -3]);
  expect(runs).toEqual(["a 1,3", "b 2"]);
  expect(await ask("a", 4)).toBe(-4);
  expect(runs).toHaveLength(3);
});

test("a run is bounded: more than that share out into further runs", async () => {
  const { ask, runs } = counted(2);
  expect(await Promise.all([1, 2, 3, 4, 5].map((item) => ask("a", item)))).toEqual([-1, -2, -3, -4, -5]);
  expect(runs).toEqual(["a 1,2", "a 3,4", "a 5"]);
});

test("a run that fails, fails for those who share it, and for nobody else", async () => {
  const { ask } = counted();
  const answers = await Promise.allSettled([ask("a", 13), ask("a", 1), ask("b", 1)]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
});
