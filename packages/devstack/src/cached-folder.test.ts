import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cachedFolder } from "./cached-folder.ts";

let cacheRoot = "";
let madeCount = 0;
const lines: string[] = [];

beforeEach(() => {
  cacheRoot = mkdtempSync(join(tmpdir(), "autorec-cache-test-"));
  madeCount = 0;
  lines.length = 0;
});
afterEach(() => {
  rmSync(cacheRoot, { recursive: true, force: true });
});

function wanted(make: (folder: string) => Promise<void> = fill): Promise<string> {
  return cachedFolder({ cacheRoot, name: "jars", make, log: (line) => lines.push(line) });
}

async function fill(folder: string): Promise<void> {
  madeCount++;
  writeFileSync(join(folder, "a.jar"), "content of a");
  writeFileSync(join(folder, "b.jar"), "content of b");
}

test("a folder is made once and found the second time", async () => {
  const first = await wanted();
  expect(await wanted()).toBe(first);
  expect(madeCount).toBe(1);
  expect(lines).toEqual([]);
});

test.each<[string, (folder: string) => void]>([
  ["cut short", (folder) => truncateSync(join(folder, "a.jar"), 3)],
  ["changed without a change of length", (folder) => writeFileSync(join(folder, "a.jar"), "c0ntent of a")],
  ["missing", (folder) => rmSync(join(folder, "b.jar"))],
  ["too many", (folder) => writeFileSync(join(folder, "c.jar"), "")],
  ["gone with their folder", (folder) => rmSync(folder, { recursive: true })],
])("files that are %s are noticed, said and made again", async (_name, damage) => {
  const first = await wanted();
  damage(first);
  const second = await wanted();
  expect(readFileSync(join(second, "a.jar"), "utf8")).toBe("content of a");
  expect(readdirSync(second).sort()).toEqual(["a.jar", "b.jar"]);
  expect(madeCount).toBe(2);
  expect(lines).toEqual(["the cached jars is damaged and is made again"]);
  expect(existsSync(first)).toBe(false);
});

test("a manifest that cannot be read counts as no cache", async () => {
  await wanted();
  writeFileSync(join(cacheRoot, "jars.json"), `{"folder": "ja`);
  const second = await wanted();
  expect(readdirSync(second)).toHaveLength(2);
  expect(madeCount).toBe(2);
});

test("a make that fails half-way leaves nothing that is taken for a cache", async () => {
  const failing = async (folder: string): Promise<void> => {
    writeFileSync(join(folder, "a.jar"), "content");
    throw new Error("the line broke");
  };
  await expect(wanted(failing)).rejects.toThrow("the line broke");
  expect(readdirSync(cacheRoot)).toEqual([]);
  expect(readdirSync(await wanted())).toHaveLength(2);
});

test("two that make it at once both get a whole folder, and later ones agree on one", async () => {
  const [one, other] = await Promise.all([wanted(), wanted()]);
  for (const folder of [one, other]) expect(readdirSync(folder)).toHaveLength(2);
  expect([one, other]).toContain(await wanted());
});

test("what a killed run left behind is removed after a day, what a running one makes is not", async () => {
  await wanted();
  const abandoned = join(cacheRoot, "jars.abandoned");
  const running = join(cacheRoot, "jars.running");
  for (const path of [abandoned, running]) writeFileSync(path, "half");
  utimesSync(abandoned, 1, 1);
  rmSync(join(cacheRoot, "jars.json"));
  await wanted();
  expect(existsSync(abandoned)).toBe(false);
  expect(existsSync(running)).toBe(true);
});
