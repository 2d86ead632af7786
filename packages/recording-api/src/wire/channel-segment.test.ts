import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelOfSegment, channelSegment, channelSegmentLengthMax } from "./channel-segment.ts";

const page = readFileSync(new URL("../../../../docs/storage.md", import.meta.url), "utf8");

const agoraSigns = Array.from("abcxyzABCXYZ0123456789 !#$%&()+-:;<=.>?@[]^_{}|~,");
const agoraName = fc.string({ unit: fc.constantFrom(...agoraSigns), minLength: 1, maxLength: 64 });
const anyName = fc
  .string({ unit: "binary", minLength: 1, maxLength: 64 })
  .filter((name) => name.isWellFormed() && Buffer.byteLength(name) <= 64);
const channelName = fc.oneof(agoraName, anyName);
/** Names that a careless mapping throws together. */
const lookalikes = fc
  .tuple(channelName, fc.constantFrom("", "-", "_", ".", " ", "z", "zh", "A", "a", "%2d"), channelName)
  .map((parts) => parts.join(""))
  .filter((name) => Buffer.byteLength(name) <= 64);

describe("the folder of a channel", () => {
  test.each([
    ["lesson7", "lesson7"],
    ["class-101", "classzh101"],
    ["a_b", "azub"],
    ["Room 7", "zvroomzs7"],
    ["jazz", "jazzzz"],
    ["a+b", "az2bb"],
    ["ä", "zc3za4"],
    ["550e8400-e29b-41d4-a716-446655440000", "550e8400zhe29bzh41d4zha716zh446655440000"],
    ["~".repeat(64), `zy${"pz7h47t6".repeat(12)}pz7h47q`],
  ])("of %j is %s", (name, segment) => {
    expect(channelSegment(name)).toBe(segment);
    expect(channelOfSegment(segment)).toBe(name);
  });

  test("leads back to the channel, also after a storage has changed the case of its letters", () => {
    fc.assert(
      fc.property(fc.oneof(channelName, lookalikes), (name) => {
        const segment = channelSegment(name);
        expect(segment).toBeDefined();
        expect(channelOfSegment(segment ?? "")).toBe(name);
        expect(channelOfSegment(segment?.toUpperCase() ?? "")).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is shared by no two channels, whatever the case of its letters", () => {
    const folders = ["a-b", "a_b", "ab", "A-B", "a b", "a.b", "AB", "aB", "azhb", "äb", "a/b", "会議", "會議"].map(
      (name) => channelSegment(name)?.toUpperCase(),
    );
    expect(new Set(folders).size).toBe(folders.length);
    fc.assert(
      fc.property(lookalikes, lookalikes, (one, two) => {
        fc.pre(one !== two);
        expect(channelSegment(one)?.toUpperCase()).not.toBe(channelSegment(two)?.toUpperCase());
      }),
      { numRuns: 2_000 },
    );
  });

  test("has 1 to 105 small letters and digits", () => {
    fc.assert(
      fc.property(fc.oneof(channelName, lookalikes), (name) => {
        expect(channelSegment(name)).toMatch(/^[a-z0-9]{1,105}$/);
      }),
      { numRuns: 2_000 },
    );
    expect(channelSegment("~".repeat(64))?.length).toBe(channelSegmentLengthMax);
  });

  test("does not exist for an empty, too long or broken name, and none is made up for another folder", () => {
    expect([channelSegment(""), channelSegment("x".repeat(65)), channelSegment("\ud800")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    for (const segment of ["", "z", "zq", "zya", "zyaaaa", "z61", "zff", "a-b", "zyme", "a".repeat(106)]) {
      expect(channelOfSegment(segment), segment).toBeUndefined();
    }
  });

  test("is what docs/storage.md says, and the line of Node printed there reads it", () => {
    const rows = page
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .flatMap((line) => line.split("| |"));
    const documented = rows.flatMap((row) => {
      const [, name = "", folder = ""] = /`([^`]+)` \| `([a-z0-9]+)`/.exec(row) ?? [];
      return folder === "" ? [] : [[name, folder] as const];
    });
    expect(documented.length).toBe(6);
    for (const [name, folder] of documented) expect(channelSegment(name)).toBe(folder);

    const script = /^node -e '(.+)' \w+$/m.exec(page)?.[1] ?? "";
    for (const name of ["class-101", "A_b. Z", "z+ä", "~".repeat(64)]) {
      const read = execFileSync(process.execPath, ["-e", script, channelSegment(name) ?? ""], { encoding: "utf8" });
      expect(read).toBe(`${name}\n`);
    }
  });
});
