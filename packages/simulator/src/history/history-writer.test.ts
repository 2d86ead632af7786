import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openHistory } from "./history-writer.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "history-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("openHistory", () => {
  test("a line is in the file when write returns, numbered and timed by the writer", () => {
    const path = join(folder, "h.jsonl");
    const history = openHistory({ path, nowMs: () => 5, secrets: [] });
    const overruling = { seq: 99, atMs: 0 };
    history.write({ kind: "note", note: "one", ...overruling });
    history.write({ kind: "note", note: "two" });
    expect(readFileSync(path, "utf8")).toBe(
      `{"seq":1,"atMs":5,"kind":"note","note":"one"}\n{"seq":2,"atMs":5,"kind":"note","note":"two"}\n`,
    );
    history.close();
  });

  test("an older history is kept beside the new one", () => {
    const path = join(folder, "h.jsonl");
    for (const note of ["old", "new"]) {
      const history = openHistory({ path, nowMs: () => 5, secrets: [] });
      history.write({ kind: "note", note });
      history.close();
    }
    expect(readFileSync(path, "utf8")).toContain("new");
    expect(readFileSync(`${path}.previous`, "utf8")).toContain("old");
  });

  test("a known secret is blotted out even in a note", () => {
    const texts: string[] = [];
    const history = openHistory({ nowMs: () => 5, secrets: ["planted-secret"], onLine: (text) => texts.push(text) });
    history.write({ kind: "note", note: "see planted-secret here" });
    expect(texts).toEqual([`{"seq":1,"atMs":5,"kind":"note","note":"see [secret] here"}`]);
  });
});
