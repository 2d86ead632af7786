import { describeError } from "./describe-error.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";

/** Where words and exit code go; standard error and the process when absent. */
export interface RunMainOptions {
  readonly write?: (text: string) => unknown;
  readonly exit?: (code: number) => unknown;
}

/**
 * Runs a process's start and turns its failure into words and an exit code: 2 for configuration, 5 for an unreachable
 * dependency, 6 for a refusal to start, 70 for a bug. A stack is printed for bugs alone.
 */
export async function runMain(main: () => Promise<unknown>, options: RunMainOptions = {}): Promise<void> {
  const write = options.write ?? ((text: string) => process.stderr.write(text));
  const exit = options.exit ?? ((code: number) => process.exit(code));
  try {
    await main();
  } catch (error) {
    const exitCode = exitCodeOf(error);
    write(`${wordsFor(error, exitCode)}\n`);
    exit(exitCode);
  }
}

function wordsFor(error: unknown, exitCode: number): string {
  const { code, message, stack } = describeError(error);
  if (exitCode === exitCodes.badInput) return message;
  if (exitCode === exitCodes.bug)
    return `error REC_BUG  ${stack ?? message}\n  this is a defect of autorec; please report it        (exit ${exitCode})`;
  return `error ${code === undefined ? "" : `${code}  `}${message}        (exit ${exitCode})`;
}
