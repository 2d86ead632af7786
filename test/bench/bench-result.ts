/** One line of the table: what was measured, against what, and whether that is good enough. */
export interface BenchRow {
  readonly benchmark: string;
  readonly measure: string;
  readonly unit: string;
  /** Medians over the runs. */
  readonly candidate: number;
  readonly baseline?: { readonly name: string; readonly value: number };
  /** What is judged: the median of the runs' own ratios; without a baseline the candidate's median itself. */
  readonly judged: number;
  readonly spread: { readonly least: number; readonly most: number };
  /** Absent = stated only. */
  readonly bound?: { readonly kind: "most" | "least"; readonly value: number };
  readonly runs: readonly { readonly candidate: number; readonly baseline?: number }[];
}

/** What a row is made from: one pair per run, measured one right after the other. */
export interface PairedRuns extends Pick<BenchRow, "benchmark" | "measure" | "unit"> {
  readonly runs: readonly { readonly candidate: number; readonly baseline: number }[];
  readonly baselineName: string;
  readonly bound?: BenchRow["bound"];
}

/** A row whose ratio candidate : baseline is judged. */
export function ratioRow({ baselineName, bound, ...rest }: PairedRuns): BenchRow {
  const ratios = rest.runs.map((run) => run.candidate / run.baseline);
  const value = median(rest.runs.map((run) => run.baseline));
  return {
    ...rest,
    candidate: median(rest.runs.map((run) => run.candidate)),
    baseline: { name: baselineName, value },
    judged: median(ratios),
    spread: spreadOf(ratios),
    ...(bound === undefined ? {} : { bound }),
  };
}

/** A row that is judged by itself: its bound comes from the protocol, not from another program. */
export function plainRow(
  row: Pick<BenchRow, "benchmark" | "measure" | "unit" | "bound"> & { readonly runs: readonly number[] },
): BenchRow {
  const { runs, ...rest } = row;
  const middle = median(runs);
  return {
    ...rest,
    candidate: middle,
    judged: middle,
    spread: spreadOf(runs),
    runs: runs.map((candidate) => ({ candidate })),
  };
}

/** What of the row is not good enough, in words; undefined = nothing. A figure that is missing is never good enough. */
export function shortfallOf(row: BenchRow): string | undefined {
  const { benchmark, bound, judged, measure } = row;
  if (bound === undefined) return undefined;
  const isGood = bound.kind === "most" ? judged <= bound.value : judged >= bound.value;
  if (isGood) return undefined;
  const against = row.baseline === undefined ? row.unit : `× ${row.baseline.name}`;
  const wanted = bound.kind === "most" ? "at most" : "at least";
  return `${benchmark} ${measure}: ${figure(judged)} ${against}, expected ${wanted} ${figure(bound.value)}`;
}

/** The table as text, one line per row. */
export function tableOf(rows: readonly BenchRow[]): string {
  const lines = rows.map((row) => [
    row.benchmark,
    row.measure,
    `${figure(row.candidate)} ${row.unit}`,
    row.baseline === undefined ? "" : `${row.baseline.name} ${figure(row.baseline.value)} ${row.unit}`,
    `${row.baseline === undefined ? "" : "ratio "}${figure(row.judged)} (${figure(row.spread.least)}–${figure(row.spread.most)})`,
    row.bound === undefined ? "" : `${row.bound.kind === "most" ? "≤" : "≥"} ${figure(row.bound.value)}`,
    row.bound === undefined ? "" : shortfallOf(row) === undefined ? "ok" : "FAILED",
  ]);
  const head = ["", "measure", "autorec", "baseline", "judged (least–most)", "bound", ""];
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The middle one; NaN of none. */
function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The value below which this share of the numbers lies. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function spreadOf(numbers: readonly number[]): BenchRow["spread"] {
  return { least: Math.min(...numbers), most: Math.max(...numbers) };
}

function figure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number.isInteger(value) ? String(value) : value.toFixed(digits);
}
