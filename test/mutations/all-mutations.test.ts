import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allMutations } from "./all-mutations.ts";

const root = new URL("../../", import.meta.url);

// A fault that cannot be planted proves nothing, and the run that plants them all is long: this is seen at once.
test.each(allMutations.map((mutation) => [`${String(mutation.id)} ${mutation.title}`, mutation] as const))(
  "the fault can be planted, each text once in its file, and its test is there: %s",
  (_, { file, find, replace, also = [], test: testFile, testName }) => {
    for (const edit of [{ file, find, replace }, ...also]) {
      expect(readFileSync(new URL(edit.file, root), "utf8").split(edit.find), edit.find).toHaveLength(2);
      expect(edit.replace).not.toBe(edit.find);
    }
    expect(existsSync(new URL(testFile, root)), testFile).toBe(true);
    if (testName !== undefined) expect(readFileSync(new URL(testFile, root), "utf8")).toContain(testName);
  },
);
