import { expect, test } from "vitest";
import { matchesGlob } from "./glob.ts";

test.each([
  ["*", "", true],
  ["*", "anything at all", true],
  ["class-*", "class-101", true],
  ["class-*", "Class-101", false],
  ["class-*", "my-class-101", false],
  ["*-live", "a-live-live", true],
  ["a*b*c", "aXbYbZc", true],
  ["a*b*c", "aXbYbZ", false],
  ["room-?", "room-1", true],
  ["room-?", "room-", false],
  ["room-?", "room-12", false],
  ["what\\?", "what?", true],
  ["what\\?", "whatX", false],
  ["\\*", "*", true],
  ["a\\\\b", "a\\b", true],
  ["a.c", "abc", false],
  ["[ab]", "a", false],
])("%s fits %s: %s", (pattern, name, expected) => {
  expect(matchesGlob(pattern, name)).toBe(expected);
});

test("a pattern full of stars does not take exponential time", () => {
  expect(matchesGlob(`${"a*".repeat(40)}b`, "a".repeat(64))).toBe(false);
});
