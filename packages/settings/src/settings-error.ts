/** One thing that is wrong in a file, with the line as it stands there; secrets in it are already masked. */
export interface FileProblem {
  readonly code: SettingsErrorCode;
  readonly line: number;
  readonly column: number;
  /** Length of the marked part, at least 1. */
  readonly length: number;
  readonly sourceLine: string;
  /** What is wrong, with which value, what was expected, and what was probably meant. */
  readonly message: string;
}

/** Every code of a `FileProblem`; docs/failure-modes.md has a row for each. */
export const settingsErrorCodes = [
  "CONFIG_FILE",
  "CONFIG_YAML",
  "CONFIG_UNKNOWN_KEY",
  "CONFIG_MISSING_KEY",
  "CONFIG_VALUE",
  "CONFIG_LITERAL_SECRET",
  "CONFIG_REFERENCE",
  "CONFIG_UNKNOWN_NAME",
  "CONFIG_DUPLICATE",
  "CONFIG_DURATIONS",
] as const;
/** One of `settingsErrorCodes`. */
export type SettingsErrorCode = (typeof settingsErrorCodes)[number];

/** The configuration cannot be used: all problems at once, printed with line and caret, no stack; the process ends with 2. */
export class SettingsError extends Error {
  readonly code: SettingsErrorCode;
  readonly exitCode = 2;
  readonly problems: readonly FileProblem[];

  constructor(path: string, problems: readonly FileProblem[]) {
    super(formatProblems(path, problems));
    this.name = "SettingsError";
    this.code = problems[0]?.code ?? "CONFIG_FILE";
    this.problems = problems;
  }
}

function formatProblems(path: string, problems: readonly FileProblem[]): string {
  const digits = Math.max(1, ...problems.map((problem) => String(problem.line).length));
  const blocks = problems.map((problem) => {
    const { column, length, line, message, sourceLine } = problem;
    if (line === 0) return `error ${problem.code}  ${path}\n  ${message}`;
    const gutter = " ".repeat(digits);
    return [
      `error ${problem.code}  ${path}:${line}:${column}`,
      `  ${String(line).padStart(digits)} | ${sourceLine}`,
      `  ${gutter} | ${" ".repeat(column - 1)}${"^".repeat(length)} ${message}`,
    ].join("\n");
  });
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `${blocks.join("\n")}\n  ${count} in ${path} · nothing was started        (exit 2)`;
}
