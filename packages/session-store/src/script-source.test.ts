import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadScript, scriptNames } from "./script-source.ts";

const folder = new URL("../lua/", import.meta.url);
const luaNames = (path: string): string[] =>
  readdirSync(new URL(path, folder)).flatMap((file) => (file.endsWith(".lua") ? [file.replace(".lua", "")] : []));
const textOf = (path: string): string => readFileSync(new URL(path, folder), "utf8");

test("every file of lua/ is registered, and every registered script has its file", () => {
  expect(luaNames("./").sort()).toEqual([...scriptNames].sort());
});

test("every file of lua/include/ is used, and every include exists", () => {
  const used = scriptNames.flatMap((name) => /^--- @include (.+)$/m.exec(textOf(`${name}.lua`))?.[1]?.split(" ") ?? []);
  expect([...new Set(used)].sort()).toEqual(luaNames("./include/").sort());
  for (const name of scriptNames) expect(loadScript(name).text, name).not.toContain("@include");
});

test.each(scriptNames)(
  "%s says what it is for, its keys, arguments and replies, before its first line of code",
  (name) => {
    const header = textOf(`${name}.lua`).split(/\n(?!--)/)[0] ?? "";
    for (const word of ["-- KEYS", "-- ARGV", "-- Replies"]) expect(header).toContain(word);
  },
);

test.each([
  ...scriptNames.map((name) => `${name}.lua`),
  ...luaNames("./include/").map((name) => `include/${name}.lua`),
])("%s never encodes a record and never asks another clock", (path) => {
  expect(textOf(path)).not.toMatch(/cjson|os\.(time|clock|date)|math\.random/);
});
