import { parseArgs } from "node:util";
import { z } from "zod";

/** What a command can be told. */
export interface CommandSpec<Options extends z.ZodObject> {
  /** How it is called, with a line for each option: the answer to `--help` and the end of every complaint. */
  readonly usage: string;
  /** By the option's name; one that takes `true` is a flag. Words without an option arrive as `words`, where that is named. */
  readonly options: Options;
}

/** A whole number, `least` or greater. */
export function wholeNumber(least = 0): z.ZodType<number, string> {
  const error = `expected a whole number from ${String(least)}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .pipe(z.number().min(least, error));
}

/** A number greater than 0, whole or not. */
export function positiveNumber(): z.ZodType<number, string> {
  const error = "expected a number greater than 0";
  return z
    .string()
    .regex(/^\d{1,15}(\.\d+)?$/, error)
    .transform(Number)
    .pipe(z.number().positive(error));
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]): z.ZodType<Word, string> {
  const [first, ...others] = words;
  if (first === undefined) throw new Error("there must be a word");
  return z.enum([first, ...others], `expected ${words.join(", ")}`);
}

/**
 * The checked options of the arguments.
 *
 * @throws Error that names the option, its value and what was expected
 */
export function parseCommandLine<Options extends z.ZodObject>(
  args: readonly string[],
  { options }: Pick<CommandSpec<Options>, "options">,
): z.output<Options> {
  const { words, ...named } = options.shape;
  const typeOf = (schema: z.core.$ZodType): "boolean" | "string" =>
    z.safeParse(schema, true).success ? "boolean" : "string";
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: words !== undefined,
    options: Object.fromEntries(
      Object.entries<z.core.$ZodType>(named).map(([name, schema]) => [name, { type: typeOf(schema) }]),
    ),
  });
  const given: Readonly<Record<string, unknown>> = {
    ...values,
    ...(positionals.length > 0 ? { words: positionals } : {}),
  };
  const checked = options.safeParse(given);
  if (checked.success) return checked.data;
  throw new Error(checked.error.issues.map((issue) => complaintOf(issue, given)).join("; "));
}

function complaintOf({ message, path }: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const [name, index] = path;
  const value = given[String(name)];
  if (name === "words" && Array.isArray(value)) return `${String(value[Number(index)])}: ${message}`;
  return `--${String(name)} ${String(value)}: ${message}`;
}

/** As {@link parseCommandLine} of this process; what is wrong, or asked for by `--help`, is printed and ends it. */
export function readCommandLine<Options extends z.ZodObject>(spec: CommandSpec<Options>): z.output<Options> {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    process.stdout.write(`${spec.usage}\n`);
    process.exit(0);
  }
  try {
    return parseCommandLine(args, spec);
  } catch (err) {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n${spec.usage}\n`);
    process.exit(2);
  }
}
