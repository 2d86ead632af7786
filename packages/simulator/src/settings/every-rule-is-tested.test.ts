import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { simulatorSwitchesSchema } from "./switches.ts";

const source = fileURLToPath(new URL("..", import.meta.url));
const texts = globSync("**/*.test.ts", { cwd: source })
  .filter((path) => !path.startsWith("settings/every-rule"))
  .map((path) => readFileSync(`${source}/${path}`, "utf8"));

test("every row of appendix B has a test that names it", () => {
  const rows = Array.from({ length: 26 }, (_, index) => index + 1);
  const missing = rows.filter((row) => !texts.some((text) => text.includes(`"appendix B ${String(row)}:`)));
  expect(missing).toEqual([]);
});

test("every switch is set by a test", () => {
  const missing = Object.keys(simulatorSwitchesSchema.shape).filter(
    (name) => !texts.some((text) => new RegExp(`\\b${name}\\b`).test(text)),
  );
  expect(missing).toEqual([]);
});
