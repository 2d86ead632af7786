import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allMutations } from "./all-mutations.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const spec = read("packages/domain/SPEC.md");
const invariants = rowsUnder("Invariants of the whole");
const assumptions = rowsUnder("What Agora does not promise");
const planted = new Set(allMutations.map(({ id }) => id));

function read(path: string): string {
  return readFileSync(root + path, "utf8");
}

/** The lines of the table below a heading, without its head, as cells. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = spec.slice(spec.indexOf(`\n## ${heading}\n`));
  const lines = /\n\|.*\|\n\|---.*\|\n((?:\|.*\|\n)+)/.exec(section)?.[1]?.trim().split("\n") ?? [];
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** `file` "title" pairs of a cell. */
function guardsIn(cell = ""): readonly { readonly file: string; readonly title: string }[] {
  return [...cell.matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({ file, title }));
}

function numbersIn(cell = ""): readonly number[] {
  return cell.split(",").map(Number);
}

describe("SPEC.md says by what each invariant is guarded", () => {
  it("from I1 to I10, each once", () => {
    expect(invariants.map(([number]) => number)).toEqual(Array.from({ length: 10 }, (_, i) => `I${String(i + 1)}`));
  });

  it.each(invariants)("%s: the tests it names are there and begin with it", (number, _guaranteed, guardedBy) => {
    const guards = guardsIn(guardedBy);
    expect(guards.length).toBeGreaterThan(0);
    for (const { file, title } of guards) {
      expect(title).toMatch(new RegExp(`^${number}: `));
      expect(read(file)).toContain(`("${title}"`);
    }
  });

  it.each(invariants)("%s: every fault it names is planted, one of them in each file that guards it", (...cells) => {
    const [, , guardedBy, faults] = cells;
    const ids = numbersIn(faults);
    expect(ids.filter((id) => !planted.has(id))).toEqual([]);
    const tested = new Set(allMutations.filter(({ id }) => ids.includes(id)).map(({ test }) => test));
    for (const { file } of guardsIn(guardedBy)) expect(tested).toContain(file);
  });

  it("every fault that is planted stands beside an invariant", () => {
    const named = new Set(invariants.flatMap(([, , , faults]) => numbersIn(faults)));
    expect([...planted].filter((id) => !named.has(id))).toEqual([]);
  });

  it("every test that begins with an invariant stands there, but for the judge's own", () => {
    const files = globSync(["packages/*/src/**/*.test.ts", "services/*/src/**/*.test.ts", "test/**/*.test.ts"], {
      cwd: root,
      exclude: (path) => path.includes("node_modules") || path.endsWith("simulator/src/judge"),
    });
    const found = files.flatMap((file) =>
      [...read(file).matchAll(/\(\s*"(I\d+: [^"]+)"/g)].map(([, title = ""]) => `${file} ${title}`),
    );
    const listed = invariants.flatMap(([, , cell]) => guardsIn(cell).map(({ file, title }) => `${file} ${title}`));
    expect(found.toSorted()).toEqual(listed.toSorted());
  });
});

describe("SPEC.md says what Agora does not promise", () => {
  const facts = read("docs/agora.md");
  const switches = read("docs/simulator.md");

  it.each(assumptions)("%s", (_assumed, source = "", _relies, cell = "") => {
    expect(facts).toContain(`| ${source} |`);
    const names = [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(switches).toContain(`| \`${name}\` |`);
  });
});
