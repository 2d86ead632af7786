import { attemptTable, isNoop } from "@autorec/domain";
import { coverageNotes, noopFamilies } from "./coverage-notes.ts";
import type { CoverageNote } from "./coverage-notes.ts";

/** Which cells of the transition table were met, and what is said of the others. */
export interface Coverage {
  readonly covered: number;
  readonly all: number;
  /** Of those that change anything. */
  readonly acting: { readonly covered: number; readonly all: number };
  /** Acting cells that were not met, with the note about them; the no-op cells go by families. */
  readonly uncovered: readonly { readonly cell: string; readonly note: CoverageNote | undefined }[];
  /** What is wrong with the notes: a cell without any, or one that says something untrue. */
  readonly complaints: readonly string[];
}

/** Compares what was met with the table, and the notes with both. */
export function coverageOf(cells: Readonly<Record<string, number>>): Coverage {
  const notes = new Map<string, CoverageNote>(Object.entries(coverageNotes));
  const all = Object.entries(attemptTable).flatMap(([row, states]) =>
    Object.entries(states).map(([state, cell]) => ({ row, name: `${row}|${state}`, isNoop: isNoop(cell) })),
  );
  const isMet = ({ name }: { readonly name: string }): boolean => cells[name] !== undefined;
  const acting = all.filter((cell) => !cell.isNoop);
  const unmet = acting.filter((cell) => !isMet(cell));
  const noops = all.filter((cell) => cell.isNoop);
  return {
    covered: all.filter(isMet).length,
    all: all.length,
    acting: { covered: acting.length - unmet.length, all: acting.length },
    uncovered: unmet.map(({ name }) => ({ cell: name, note: notes.get(name) })),
    complaints: [
      ...unmet.filter(({ name }) => !notes.has(name)).map(({ name }) => `${name} was not met, and no note says why`),
      ...acting
        .filter((cell) => isMet(cell) && notes.get(cell.name)?.met === "never")
        .map(({ name }) => `${name} was met, and its note says that it never is: remove the note`),
      ...noops
        .filter(({ name }) => notes.has(name))
        .map(({ name }) => `${name} does nothing, and its family explains it`),
      ...noops
        .filter((cell) => !isMet(cell) && !noopFamilies.some(({ rows }) => cell.row.startsWith(rows)))
        .map(({ name }) => `${name} was not met, and no family explains it`),
    ],
  };
}
