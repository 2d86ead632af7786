import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { switchPositionsIn } from "../testing/switch-positions.ts";
import { simulatorSwitchesSchema } from "./switches.ts";

const source = fileURLToPath(new URL("..", import.meta.url));
/** What only a server on a socket can show is tested there. */
const withSockets = fileURLToPath(new URL("../../../../test/integration/", import.meta.url));
const texts = [
  ...globSync("**/*.test.ts", { cwd: source })
    .filter((path) => !path.startsWith("settings/every-rule"))
    .map((path) => `${source}/${path}`),
  ...globSync("simulator-*.test.ts", { cwd: withSockets }).map((path) => `${withSockets}/${path}`),
].map((path) => readFileSync(path, "utf8"));

test("every row of appendix B has a test that names it", () => {
  const rows = Array.from({ length: 26 }, (_, index) => index + 1);
  const missing = rows.filter((row) => !texts.some((text) => text.includes(`"appendix B ${String(row)}:`)));
  expect(missing).toEqual([]);
});

test("every switch is set to each of its positions by a test, the default by any", () => {
  const { shape } = simulatorSwitchesSchema;
  const names = Object.keys(shape);
  const telling = texts.filter((text) => names.some((name) => text.includes(name)));
  const set = new Set(telling.flatMap((text) => switchPositionsIn(text, names)));
  const missing = Object.entries(shape).flatMap(([name, schema]) =>
    positionsOf(schema.unwrap())
      .filter((position) => position !== schema.def.defaultValue)
      .map((position) => `${name}: ${JSON.stringify(position)}`)
      .filter((position) => !set.has(position)),
  );
  expect(missing).toEqual([]);
}, 60_000);

test("a position counts where code sets it, not in a comment, a title or a type", () => {
  const text = `
    // uidClash: "ignored"
    test.each([["on", true], ["off", false]] as const)("emptyTexts: \\"refused\\"", (_title, sceneCheck) => {
      start({ switches: { sceneCheck } });
      for (const rule of ["one", "two"] as const) start({ switches: { fileNameKey: rule } });
      const type: { listedMode: "alwaysLive" } = other;
      start({ switches: { mismatchCode: 2 } });
    });`;
  const names = ["uidClash", "emptyTexts", "sceneCheck", "fileNameKey", "listedMode", "mismatchCode"];
  expect(switchPositionsIn(text, names)).toEqual([
    "sceneCheck: true",
    "sceneCheck: false",
    'fileNameKey: "one"',
    'fileNameKey: "two"',
    "mismatchCode: 2",
  ]);
});

/** All values of a switch; a switch of another kind than these must be added here. */
function positionsOf(schema: unknown): readonly unknown[] {
  if (schema instanceof z.ZodBoolean) return [false, true];
  if (schema instanceof z.ZodEnum) return schema.options;
  if (schema instanceof z.ZodLiteral) return [...schema.values];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(positionsOf);
  throw new Error("a switch that is neither boolean, enum nor literals: its positions are unknown");
}
