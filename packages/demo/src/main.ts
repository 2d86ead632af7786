import { startDevstack } from "@autorec/devstack";
import { demoUsage, parseDemoOptions } from "./demo-options.ts";
import type { DemoOptions } from "./demo-options.ts";
import { runDay } from "./run-day.ts";

/** As shells report a program that SIGINT ended. */
const interruptedExitCode = 130;
/** Nothing was begun: 1 would mean that an invariant was broken. */
const usageExitCode = 2;

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    process.stderr.write("stopping\n");
    interrupted.abort();
  });
}

await main(process.argv.slice(2), interrupted.signal).catch((err: unknown) => {
  if (err === interrupted.signal.reason) {
    process.exitCode = interruptedExitCode;
    return;
  }
  process.stderr.write(`demo: ${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
});
// Everything has ended by now; an image that a Docker engine was asked for would still be waited for.
if (interrupted.signal.aborted) process.exit();

async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
  if (args.includes("--help")) {
    process.stdout.write(`${demoUsage}\n`);
    return;
  }
  const options = optionsOf(args);
  if (options === undefined) return;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const devstack = await startDevstack({ log: say, signal });
  try {
    const ending = await runDay({ devstack, options, signal, say, env: process.env, output: process.stdout });
    process.exitCode = { upheld: 0, violated: 1, interrupted: interruptedExitCode }[ending];
  } finally {
    await devstack.stop();
  }
}

/** Undefined where they are wrong, which is said. */
function optionsOf(args: readonly string[]): DemoOptions | undefined {
  try {
    return parseDemoOptions(args);
  } catch (err) {
    process.stderr.write(`demo: ${err instanceof Error ? err.message : String(err)}\n${demoUsage}\n`);
    process.exitCode = usageExitCode;
    return undefined;
  }
}
