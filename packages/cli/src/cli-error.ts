import { exitCodes } from "@autorec/service-kit";

/** A command that cannot do what it was asked: words for a person, and the exit code for a script. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
  }
}

/** The command line is wrong: nothing was done. */
export function usageError(message: string): CliError {
  return new CliError(message, exitCodes.badInput);
}

/** What was named does not exist: nothing was done. */
export function notFound(message: string): CliError {
  return new CliError(message, exitCodes.notFound);
}
