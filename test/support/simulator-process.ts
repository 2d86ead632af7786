import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const main = fileURLToPath(new URL("../../packages/simulator/src/main.ts", import.meta.url));

/** A simulator as a process of its own, as people start it; disposing of it ends it. */
export interface SimulatorProcess extends AsyncDisposable {
  readonly baseUrl: string;
  /** What it has printed so far. */
  readonly output: () => string;
  readonly errors: () => string;
}

/** Resolves when it says where it listens. @throws what it said instead, when it ends before. */
export async function startSimulatorProcess(args: readonly string[]): Promise<SimulatorProcess> {
  const run = launch(args);
  const { child } = run;
  for (;;) {
    const baseUrl = /^simulator ready on (\S+)$/m.exec(run.output())?.[1];
    if (baseUrl !== undefined) {
      const end = async (): Promise<void> => {
        const exited = once(child, "exit");
        if (child.exitCode === null && child.kill("SIGTERM")) await exited;
      };
      return { baseUrl, output: run.output, errors: run.errors, [Symbol.asyncDispose]: end };
    }
    const what = await Promise.race([once(child.stdout, "data"), run.ended]);
    if (typeof what === "object" && "exitCode" in what) throw new Error(`it ended: ${run.output()}${run.errors()}`);
  }
}

/** Runs it to its end: what it said and with which code it ended. */
export async function runSimulatorProcess(args: readonly string[]) {
  const run = launch(args);
  const { exitCode } = await run.ended;
  return { exitCode, output: run.output(), errors: run.errors() };
}

function launch(args: readonly string[]) {
  // eslint-disable-next-line no-restricted-syntax -- Node names a child without standard input by null
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(process.execPath, [main, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  const ended = once(child, "close").then(() => ({ exitCode: child.exitCode }));
  return { child, output: () => output, errors: () => errors, ended };
}
