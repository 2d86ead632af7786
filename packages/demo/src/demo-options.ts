import { parseArgs } from "node:util";

/** What `npm run demo` was asked for. */
export interface DemoOptions {
  /** Where the judge's summary goes as JSON. */
  readonly summaryPath?: string;
  /** Where the history goes; otherwise `.cache/demo/history.jsonl`, the run before as `.previous` beside it. */
  readonly historyPath?: string;
  /** Leaves everything running at the end, for people to act. */
  readonly keep: boolean;
  /** Of the simulator's chance; 0 … 999999999. */
  readonly seed: number;
  /** For showing that a broken invariant is noticed: a second recorder is put into a channel behind autorec's back. */
  readonly sabotage: boolean;
}

/** The answer to `--help`. */
export const demoUsage = `npm run demo -- [--summary FILE] [--history FILE] [--keep] [--seed N] [--sabotage]
  --summary FILE   write the judge's summary as JSON
  --history FILE   where the simulator's history goes (JSON Lines; default .cache/demo/history.jsonl)
  --keep           leave everything running until Ctrl-C, and say how to act yourself
  --seed N         seed of the simulator's chance (default 1)
  --sabotage       start a second recorder behind autorec's back: the summary must report it, exit code 1`;

/**
 * The options that the arguments name, defaults for the rest.
 *
 * @throws Error that names the option that is wrong
 */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      summary: { type: "string" },
      history: { type: "string" },
      keep: { type: "boolean", default: false },
      seed: { type: "string", default: "1" },
      sabotage: { type: "boolean", default: false },
    },
  });
  const seed = Number(values.seed);
  if (!/^\d{1,9}$/.test(values.seed)) throw new Error(`--seed ${values.seed}: expected a whole number, 0 … 999999999`);
  return {
    ...(values.summary === undefined ? {} : { summaryPath: values.summary }),
    ...(values.history === undefined ? {} : { historyPath: values.history }),
    keep: values.keep,
    seed,
    sabotage: values.sabotage,
  };
}
