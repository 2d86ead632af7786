import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { deadLetterCodes } from "@autorec/events";
import { errorCodes } from "@autorec/service-kit";
import { settingsErrorCodes } from "@autorec/settings";
import { expect, test } from "vitest";
import { citationsIn, numbersOf } from "../support/citations.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const skipped = new Set(["node_modules", ".git", ".cache", "coverage"]);
const readmeLinesMax = 30;

const files = filesBelow(root);
const sources = files.filter((path) => /\.(?:ts|mjs|lua|js)$/.test(path));
const production = sources.filter(
  (path) => /^(?:packages|services)\/[^/]+\/src\//.test(path) && !path.endsWith(".test.ts"),
);
const pages = files.filter((path) => path.endsWith(".md"));
const adrs = pages.filter((path) => path.startsWith("docs/adr/"));
const failureModes = textOf("docs/failure-modes.md");

test("every code that the source can raise has a row in docs/failure-modes.md, and every row a code", () => {
  const raised = production.flatMap((path) => matches(textOf(path), /"((?:REC|CONFIG)_[A-Z0-9_]+)"/g));
  const codes = unique([...raised, ...errorCodes, ...deadLetterCodes, ...settingsErrorCodes]);
  const described = matches(failureModes, /^\| `((?:REC|CONFIG)_[A-Z0-9_]+)` \|/gm);
  expect(codes.length).toBeGreaterThan(30);
  expect([...described].sort()).toEqual(codes);
});

test("every alarm has a row in docs/failure-modes.md, and every row is an alarm", () => {
  const union = /readonly alarm:([^;]+);/.exec(textOf("packages/domain/src/decision.ts"))?.[1] ?? "";
  const atIntake = matches(textOf("services/consumer/src/report-batches.ts"), /alarm: "([a-z_]+)"/g);
  const alarms = unique([...matches(union, /"([a-z_]+)"/g), ...atIntake]);
  const described = matches(failureModes, /^\| `([a-z_]+)` \|/gm);
  expect(alarms.length).toBeGreaterThan(5);
  expect([...described].sort()).toEqual(alarms);
});

test("every relative link of every page leads somewhere", () => {
  const broken = pages.flatMap((page) => relativeLinks(page).filter((link) => !existsSync(join(root, link.to))));
  expect(broken).toEqual([]);
});

test("every section and every fact of Agora that a comment or a page cites exists", () => {
  const numbered = pages.filter((page) => /^docs\/[a-z-]+\.md$/.test(page));
  const known = new Set(numbered.flatMap((page) => numbersOf(page.slice("docs/".length), textOf(page))));
  const cited = [...sources, ...pages].flatMap((path) => citationsIn(path, textOf(path)));
  expect(cited.length).toBeGreaterThan(150);
  expect(cited.filter(({ what }) => !known.has(what)).map(({ place, what }) => `${place} ${what}`)).toEqual([]);
});

test("every page that a comment names is here", () => {
  const names = new Set(pages.map((page) => basename(page)));
  const unknown = sources.flatMap((path) =>
    matches(textOf(path), /(?:\/\/|\*|--).*?\b([A-Za-z][\w-]*\.md)\b/g)
      .filter((name) => !names.has(name))
      .map((name) => `${path} ${name}`),
  );
  expect(unknown).toEqual([]);
});

test("every metric that a process can export is described in docs/operators.md, and every one described exists", () => {
  const names = production.flatMap((path) => matches(textOf(path), /name: "autorec_([a-z0-9_]+)"/g));
  const rows = matches(textOf("docs/operators.md"), /^\| ((?:`[a-z0-9_]+`(?:, | © | )?)+)\|/gm);
  const described = rows.flatMap((row) => matches(row, /`([a-z0-9]+_[a-z0-9_]+|channels|recorders|paused|draining)`/g));
  expect(names.length).toBeGreaterThan(15);
  expect(unique(described)).toEqual(unique(names));
});

test("what the README shows of autorec.yaml stands in examples/autorec.yaml, word for word", () => {
  const shown = matches(textOf("README.md"), /^```yaml\n(.*?)^```$/gms);
  expect(shown).toHaveLength(1);
  expect(textOf("examples/autorec.yaml")).toContain(shown[0]);
});

test("every decision record is linked from a page that is not one itself", () => {
  const linked = new Set(
    pages.filter((page) => !adrs.includes(page)).flatMap((page) => relativeLinks(page).map(({ to }) => to)),
  );
  expect(adrs.length).toBeGreaterThan(0);
  expect(adrs.filter((adr) => !linked.has(adr))).toEqual([]);
});

test("every decision record says its status, context, decision, consequences and when to revisit", () => {
  const parts = [/^Status: /m, /^## Context$/m, /^## Decision$/m, /^## Consequences$/m, /^## When to revisit$/m];
  expect(adrs.filter((adr) => !parts.every((part) => part.test(textOf(adr))))).toEqual([]);
});

test("every package and service has a README of at most 30 lines", () => {
  const rooms = ["packages", "services"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}`)
      .filter((room) => existsSync(join(root, room, "package.json"))),
  );
  const lineCount = (room: string): number | undefined => {
    const path = `${room}/README.md`;
    return files.includes(path) ? textOf(path).trimEnd().split("\n").length : undefined;
  };
  const wrong = [...rooms, "test"].flatMap((room) => {
    const lines = lineCount(room);
    return lines !== undefined && lines <= readmeLinesMax
      ? []
      : [`${room}: ${lines === undefined ? "no README" : `${lines} lines`}`];
  });
  expect(wrong).toEqual([]);
});

test("the commands that the pages name exist", () => {
  const scripts = new Set(matches(textOf("package.json"), /"[a-z0-9:]+": "[^\n]*scripts\/run\.mjs ([a-z0-9:]+)"/g));
  const named = unique(pages.flatMap((page) => matches(textOf(page), /npm run ([a-z0-9:]+)/g)));
  expect(scripts.size).toBeGreaterThan(5);
  expect(named.filter((name) => !scripts.has(name))).toEqual([]);
});

test("the kinds of the simulator's history on both pages are those of its type", () => {
  const types = textOf("packages/simulator/src/history/history-line.ts");
  const kinds = unique(matches(types, /^ {2}readonly kind: "([a-z-]+)";$/gm));
  expect(kinds.length).toBeGreaterThan(5);
  expect(kindsOf("docs/contracts.md", "## 4. The simulator's history")).toEqual(kinds);
  expect(kindsOf("docs/simulator.md", "## History")).toEqual(kinds);
});

test("what is left to do has an issue", () => {
  const marker = new RegExp(`\\b${["TO", "DO"].join("")}\\b(?!.*#\\d)`);
  const left = sources.flatMap((path) =>
    textOf(path)
      .split("\n")
      .flatMap((line, index) => (marker.test(line) ? [`${path}:${index + 1}`] : [])),
  );
  expect(left).toEqual([]);
});

/** The names in the first column of the tables of a section. */
function kindsOf(page: string, heading: string): readonly string[] {
  const section = textOf(page).split(`\n${heading}\n`)[1]?.split(/^## /m)[0] ?? "";
  const cells = matches(section, /^\| (`[^|]*) \|/gm);
  return unique(cells.flatMap((cell) => matches(cell, /`([a-z-]+)`/g)));
}

interface Link {
  readonly page: string;
  /** From the root. */
  readonly to: string;
}

/** Links and images of a page that lead to files, without their anchors; code is not looked at. */
function relativeLinks(page: string): readonly Link[] {
  const prose = textOf(page)
    .replaceAll(/^```.*?^```/gms, "")
    .replaceAll(/`[^`\n]*`/g, "");
  return matches(prose, /\]\(([^)\s]+)\)/g)
    .filter((target) => !/^(?:[a-z]+:|#)/.test(target))
    .map((target) => ({ page, to: relative(root, resolve(root, dirname(page), target.replace(/#.*$/, ""))) }));
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [relative(root, path)];
  });
}

function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)].sort();
}
