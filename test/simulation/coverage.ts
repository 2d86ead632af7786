import { attemptTable } from "@autorec/domain";

/** Which cells of the transition table were met. */
export interface Coverage {
  readonly covered: number;
  readonly all: number;
  /** `row|STATE`, in the order of the table. */
  readonly uncovered: readonly string[];
}

/** Compares what was met with the table. */
export function coverageOf(cells: Readonly<Record<string, number>>): Coverage {
  const all = Object.entries(attemptTable).flatMap(([row, states]) =>
    Object.keys(states).map((state) => `${row}|${state}`),
  );
  const uncovered = all.filter((cell) => cells[cell] === undefined);
  return { covered: all.length - uncovered.length, all: all.length, uncovered };
}
