import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HistoryBuilder } from "./history-builder.ts";
import { judgeHistory } from "./judge-history.ts";
import { HistoryFileError, readHistory } from "./read-history.ts";
import { formatSummary, summarize } from "./summary.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "history-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function fileOf(text: string): Promise<string> {
  const path = join(folder, "history.jsonl");
  await writeFile(path, text);
  return path;
}

const built = new HistoryBuilder().join(1_000, "room", 11).start(1_200, "room", "sid", 4_000_000_002).build();
const text = built.map((line) => `${JSON.stringify(line)}\n`).join("");

describe("readHistory", () => {
  test("gives back what was written", async () => {
    expect(await readHistory(await fileOf(text))).toEqual(built);
  });

  test.each(["webhook", "presence-request"])("leaves out lines of kind %s, which no judge needs", async (kind) => {
    const path = await fileOf(`${text}{"seq":99,"atMs":5,"kind":"${kind}","channelName":"room"}\n`);
    expect(await readHistory(path)).toHaveLength(text.trimEnd().split("\n").length);
  });

  test("leaves out kinds and fields that it does not know", async () => {
    const path = await fileOf(
      `${text}{"seq":99,"atMs":5,"kind":"weather"}\n{"seq":100,"atMs":6,"kind":"note","note":"hi","mood":3}\n`,
    );
    const lines = await readHistory(path);
    expect(lines).toHaveLength(built.length + 1);
    expect(lines.at(-1)).toEqual({ seq: 100, atMs: 6, kind: "note", note: "hi" });
  });

  test("leaves out a last line that was cut off", async () => {
    expect(await readHistory(await fileOf(`${text}{"seq":99,"atM`))).toEqual(built);
  });

  test("names file and line of a broken line in the middle", async () => {
    const path = await fileOf(`{"seq":1,"atM\n${text}`);
    await expect(readHistory(path)).rejects.toThrow(HistoryFileError);
    await expect(readHistory(path)).rejects.toThrow(`${path}:1: not a history line`);
  });

  test("names the field that a known kind lacks", async () => {
    const path = await fileOf(`${text}{"seq":99,"atMs":5,"kind":"recorder-joined","uid":1}\n`);
    await expect(readHistory(path)).rejects.toThrow(/channelName/);
  });
});

describe("the summary", () => {
  const judgement = judgeHistory([...built]);

  test("has exactly the fields of the demo's summary", () => {
    expect(Object.keys(summarize(judgement, "h.jsonl")).sort()).toEqual(
      [
        "sessions",
        "starts",
        "restarts",
        "coverageRatio",
        "longestGap",
        "overlapsUnexplained",
        "uidClashes",
        "leftBehind",
        "violations",
        "durations",
        "historyPath",
        "seed",
      ].sort(),
    );
  });

  test("survives JSON unchanged, like the whole judgement", () => {
    expect(JSON.parse(JSON.stringify(judgement))).toEqual(judgement);
  });

  test("for people is aligned and names what was broken", () => {
    const broken = judgeHistory(new HistoryBuilder().join(1_000, "room", 11).note(30_000, "run-ended").build());
    expect(formatSummary(broken, "h.jsonl")).toMatchInlineSnapshot(`
      "sessions     1 in 1 channels, 1 joins, 0 leaves
      recorders    0 started, 0 of them restarts; 0 killed (0 silently), 0 migrated, 0 answers lost
      coverage     0.000 % of 29.0 s; longest gap 29.0 s in room (start_latency)
      overlaps     0 unexplained, 0 explained
      uid clashes  0
      left behind  0 recorders, 0 ghosts that end by themselves
      invariants   1 broken
      history      h.jsonl
      seed         7
        I3 room: occupied and not recorded for 29000 ms (start_latency); allowed 2000 ms: workSlack 2000"
    `);
  });
});
