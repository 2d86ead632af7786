import { exitCodes } from "./exit-codes.ts";

/** One thing that is wrong with one environment variable; `value` is already masked where it is a secret. */
export interface EnvProblem {
  readonly variable: string;
  readonly value: string | undefined;
  readonly expected: string;
  readonly hint?: string;
}

/** The environment cannot be used: holds every problem at once, prints without a stack, ends the process with 2. */
export class ConfigError extends Error {
  readonly code = "CONFIG_ENVIRONMENT";
  readonly exitCode = exitCodes.badInput;
  readonly problems: readonly EnvProblem[];

  constructor(problems: readonly EnvProblem[]) {
    super(formatEnvProblems(problems));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

function formatEnvProblems(problems: readonly EnvProblem[]): string {
  const blocks = problems.map((problem) =>
    [
      `error CONFIG_ENVIRONMENT  ${problem.variable}`,
      `  value     ${problem.value ?? "(not set)"}`,
      `  expected  ${problem.expected}`,
      ...(problem.hint === undefined ? [] : [`  hint      ${problem.hint}`]),
    ].join("\n"),
  );
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `${blocks.join("\n")}\n  ${count} in the environment · nothing was started        (exit 2)`;
}
