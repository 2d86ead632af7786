import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Longest run of the simulation for one fault. */
const runMsMax = 300_000;

/** The first of so many seeds whose life goes wrong, with what it violates; undefined when the simulation notices nothing. */
export async function firstFailingSeed(root: string, seeds: number): Promise<string | undefined> {
  const entry = join(root, "test/simulation/run-main.ts");
  const child = spawn(process.execPath, [entry, "--seeds", String(seeds)], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
    timeout: runMsMax,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "exit");
  let found: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    found = /^FAILED (seed .*)$/.exec(line)?.[1];
    if (found === undefined) continue;
    // What follows is the search for a shorter life.
    child.kill("SIGKILL");
    break;
  }
  await ended;
  return found;
}
