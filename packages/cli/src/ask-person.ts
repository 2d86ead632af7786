import { createInterface } from "node:readline/promises";
import { exitCodes } from "@autorec/service-kit";
import { CliError } from "./cli-error.ts";

/**
 * Asks a question on a terminal and answers with the line that is typed.
 * @throws CliError 130 when the person leaves with Ctrl-C or Ctrl-D instead
 */
export async function askPerson(
  question: string,
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
): Promise<string> {
  const lines = createInterface({ input, output, terminal: true });
  try {
    return await lines.question(question);
  } catch (err) {
    if (!(err instanceof Error && err.name === "AbortError")) throw err;
    throw new CliError("nothing was changed", exitCodes.interrupted);
  } finally {
    lines.close();
  }
}
