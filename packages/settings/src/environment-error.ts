/** The same words as service-kit's `ConfigError`, for those who read durations without it. */
export class EnvironmentError extends Error {
  readonly code = "CONFIG_ENVIRONMENT";
  readonly exitCode = 2;

  constructor(
    problems: readonly { readonly variable: string; readonly value: string | undefined; readonly expected: string }[],
  ) {
    const blocks = problems.map(
      ({ expected, value, variable }) =>
        `error CONFIG_ENVIRONMENT  ${variable}\n  value     ${value?.slice(0, 80) ?? "(not set)"}\n  expected  ${expected}`,
    );
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${blocks.join("\n")}\n  ${count} in the environment · nothing was started        (exit 2)`);
    this.name = "EnvironmentError";
  }
}
