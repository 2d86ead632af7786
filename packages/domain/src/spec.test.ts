import { readFileSync } from "node:fs";
import type { AttemptState } from "@autorec/events";
import { attemptStates } from "@autorec/events";
import { describe, expect, it } from "vitest";
import type { Effect, Told } from "./attempt-step.ts";
import { keep } from "./attempt-step.ts";
import { attemptTable } from "./attempt-table.ts";
import type { Row } from "./attempt-table.ts";
import { attemptIn, contextAt, keptDueAtMs, t0, viewOf } from "./channel-fixture.ts";
import { decide } from "./decide.ts";
import { realDurations } from "./durations.ts";

const spec = readFileSync(new URL("../SPEC.md", import.meta.url), "utf8");

/** One cell of the page: the state that follows, the due time, and the words that tell of effects. */
interface SpecCell {
  readonly state: AttemptState;
  readonly due: string;
  readonly words: string;
}

const columns = tableUnder("States × inputs")[0]?.slice(1) ?? [];
const specRows = new Map(
  tableUnder("States × inputs")
    .slice(1)
    .map(([input = "", ...cells]) => [input, cells]),
);
const states = columns.map((column) => stateNamed(column));

/** The lines of the first table below a heading, head first, as cells without their padding. */
function tableUnder(heading: string): readonly (readonly string[])[] {
  const section = spec.slice(spec.indexOf(`## ${heading}\n`));
  const table = /\n(\|(?:.*\|\n)+)/.exec(section)?.[1] ?? "";
  const lines = table.trim().split("\n");
  return lines
    .filter((line) => !line.startsWith("|---"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

function stateNamed(word: string): AttemptState {
  const state = attemptStates.find((each) => each === word);
  if (state === undefined) throw new Error(`SPEC.md names a state "${word}" that the code does not have`);
  return state;
}

/** "LIVE 5 s; surplus", "poll", "– ⑩": undefined for the no-op. */
function cellOf(text: string, before: AttemptState): SpecCell | undefined {
  const [, word = "", due = "", words = ""] =
    /^(?:([A-Z]+) )?(–|0|\d+ s|poll|kept|told)(?:[; ] *(.*))?$/u.exec(text) ?? [];
  if (due === "") throw new Error(`SPEC.md: the cell "${text}" begins with no due time`);
  if (due === "–") return undefined;
  return { state: word === "" ? before : stateNamed(word), due, words };
}

const base: Told = { sentAtMs: t0 - 100, answeredAtMs: t0, detail: "an answer", alarm: false };
const toldInMs = 700;

/** What the first answer of each kind carries. */
const told: Readonly<Partial<Record<Row, Partial<Told>>>> = {
  "acquire.ok": { resourceId: "resource-1" },
  "acquire.again": { schedule: "others" },
  "acquire.wait": { schedule: "throttled" },
  "start.ok": { sid: "sid-1" },
  "start.again": { schedule: "serverError", ambiguous: true },
  "start.wait": { schedule: "throttled" },
  "start.never": { send: 1 },
  "query.alive": { status: 5 },
  "query.starting": { status: 2 },
  "fact.sid": { sid: "sid-1" },
  "fact.stopAccepted": { sid: "sid-1" },
  "fact.newUid": { newUid: 4_123_456_789 },
  "fact.candidateSid": { sid: "sid-9" },
  "journal.refused": { send: 1 },
  postponed: { retryInMs: toldInMs },
};

const rows = Object.keys(attemptTable).filter((row): row is Row => row in attemptTable);

describe("SPEC.md and the table of states × inputs say the same", () => {
  it("names every state and every input, and nothing else", () => {
    expect(columns.toSorted()).toEqual([...attemptStates].toSorted());
    expect([...specRows.keys()].toSorted()).toEqual(rows.toSorted());
  });

  it.each(rows.flatMap((row) => states.map((state, column) => [row, state, column] as const)))(
    "%s on %s",
    (row, state, column) => {
      const text = specRows.get(row)?.[column] ?? "";
      const said = cellOf(text, state);
      expect(attemptTable[row][state] === keep, `${row} on ${state}: the page says "${text}"`).toBe(said === undefined);
      if (said === undefined) return;

      // An attempt without a sid of its own is asked about the sid that an event named.
      const before = attemptIn(state, state === "GHOST" || state === "DOUBT" ? { candidateSid: "sid-1" } : {});
      const context = { nowMs: t0, durations: realDurations, wantOn: true, uidClash: false };
      const { attempt, effects } = attemptTable[row][state](before, { ...base, ...told[row] }, context);
      expect(attempt.st).toBe(said.state);
      expectDue(attempt.dueAtMs, said.due);
      expect(saidEffects(said.words, effects)).toEqual([]);
      expect({ n: attempt.n, k: attempt.k, uid: attempt.uid }).toEqual({ n: before.n, k: before.k, uid: before.uid });
    },
  );

  it("leaves an attempt whose cell is a no-op exactly as it is", () => {
    const before = attemptIn("CLOSED");
    const context = { nowMs: t0, durations: realDurations, wantOn: true, uidClash: false };
    expect(keep(before, base, context)).toEqual({ attempt: before, effects: [] });
  });
});

function expectDue(dueAtMs: number, due: string): void {
  const { pollMs } = realDurations;
  if (due === "poll") {
    expect(dueAtMs).toBeGreaterThanOrEqual(t0 + 0.9 * pollMs);
    expect(dueAtMs).toBeLessThanOrEqual(t0 + 1.1 * pollMs);
  } else if (due === "kept") expect(dueAtMs).toBe(keptDueAtMs);
  else if (due === "told") expect(dueAtMs).toBe(t0 + toldInMs);
  else expect(dueAtMs).toBe(t0 + 1_000 * Number.parseInt(due, 10));
}

/** Effects that the words promise and the code does not have, or the other way round. */
function saidEffects(words: string, effects: readonly Effect[]): readonly string[] {
  const has = (kind: Effect["kind"]): boolean => effects.some((effect) => effect.kind === kind);
  const pairs = [
    ["slot blocked", words.includes("slot blocked"), has("block")],
    ["alarm", /(?:^|; )alarm\b/.test(words), has("alarm")],
  ] as const;
  return pairs.flatMap(([name, isSaid, isDone]) => (isSaid === isDone ? [] : [name]));
}

describe("SPEC.md and the code say the same of an attempt that is due", () => {
  const whenDue = new Map(
    tableUnder("When an attempt is due")
      .slice(1)
      .map(([state = "", does = ""]) => [state, does]),
  );

  it("has a line for every state", () => {
    expect([...whenDue.keys()].toSorted()).toEqual([...attemptStates].toSorted());
  });

  it.each(attemptStates)("%s", (state) => {
    const attempt = attemptIn(state, { dueAtMs: t0 });
    const decision = decide(viewOf({ attempts: [attempt] }), { kind: "look" }, contextAt(t0));
    const call = /^(acquire|start|query|stop)(?:;|$)/.exec(whenDue.get(state) ?? "")?.[1];
    const sent = decision.calls.filter((each) => each.n === attempt.n).map((each) => each.call);
    expect(sent, `${state} is due: the page says "${whenDue.get(state) ?? ""}"`).toEqual(
      call === undefined ? [] : [call],
    );
  });
});

describe("the rules P1 to P8", () => {
  it("stand in SPEC.md and in the code, each under its number", () => {
    const inSpec = tableUnder("Rules, per slot, in this order")
      .slice(1)
      .map(([number = ""]) => number);
    const code = ["slot-rules.ts", "apply-effect.ts"]
      .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
      .join("\n");
    const inCode = new Set([...code.matchAll(/(?:\/\*\* |\/\/ )(P\d): /g)].map(([, number = ""]) => number));
    expect([...new Set(inSpec)]).toEqual(["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"]);
    expect([...inCode].toSorted()).toEqual([...new Set(inSpec)]);
  });
});
