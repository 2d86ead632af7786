import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "./stack/stack-files.ts";

/** Where a demo that was kept running can be reached; written for `npm run event`. */
export interface RunFile {
  readonly simulatorUrl: string;
  readonly kafkaBrokers: string;
  readonly topic: string;
  readonly appId: string;
}

const path = join(repositoryRoot, ".cache", "demo-run.json");

/** Announces the run; answers how to take that back. */
export function writeRunFile(run: RunFile): () => void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(run));
  return () => {
    rmSync(path, { force: true });
  };
}

/** @throws Error that says how to start one when no demo is running */
export function readRunFile(): RunFile {
  try {
    const run: RunFile = JSON.parse(readFileSync(path, "utf8"));
    return run;
  } catch (cause) {
    throw new Error("no demo is running: start one with `npm run demo -- --keep`", { cause });
  }
}
