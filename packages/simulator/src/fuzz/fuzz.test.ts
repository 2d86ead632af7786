import { expect, test } from "vitest";
import { fuzzWorld } from "./fuzz-world.ts";

test("3,000 mutated requests: none makes the service throw, every answer is of a documented form", async () => {
  const { requests, answers, failures } = await fuzzWorld({ seed: 20_261_121, count: 3_000 });
  expect(failures).toEqual([]);
  expect(requests).toBe(3_000);
  // Mutations that all end at the first check would prove nothing.
  expect(answers.size).toBeGreaterThan(30);
}, 60_000);
