import { expect, test } from "vitest";
import { z } from "zod";
import { oneOf, parseCommandLine, positiveNumber, wholeNumber } from "./command-line.ts";

const options = z.object({
  seeds: wholeNumber(1).default(10),
  minutes: positiveNumber().default(3),
  trace: z.boolean().default(false),
  json: z.string().optional(),
  words: z.array(oneOf(["P1", "P2"])).default([]),
});
const parse = (...args: readonly string[]): unknown => parseCommandLine(args, { options });

test("what is not named has its default", () => {
  expect(parse()).toEqual({ seeds: 10, minutes: 3, trace: false, words: [] });
});

test("options, flags and words arrive as what they mean", () => {
  expect(parse("P2", "--seeds", "7", "--minutes", "0.5", "--trace", "--json", "x.json", "P1")).toEqual({
    seeds: 7,
    minutes: 0.5,
    trace: true,
    json: "x.json",
    words: ["P2", "P1"],
  });
});

test.for([
  [["--seeds", "0"], "--seeds 0: expected a whole number from 1"],
  [["--seeds", "1.5"], "--seeds 1.5: expected a whole number from 1"],
  [["--seeds", ""], "--seeds : expected a whole number from 1"],
  [["--minutes", "soon"], "--minutes soon: expected a number greater than 0"],
  [["--minutes", "0"], "--minutes 0: expected a number greater than 0"],
  [["P1", "P9"], "P9: expected P1, P2"],
  [["--sed", "1"], "--sed"],
  [["--seeds"], "--seeds"],
] as const)("%j is refused by name, value and what was expected", ([args, complaint]) => {
  expect(() => parse(...args)).toThrow(complaint);
});

test("words are refused where none are expected", () => {
  expect(() => parseCommandLine(["P1"], { options: z.object({}) })).toThrow("P1");
});
