import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { repositoryRoot } from "./stack/stack-files.ts";

const runFileSchema = z.object({
  simulatorUrl: z.string(),
  kafkaBrokers: z.string(),
  topic: z.string(),
  appId: z.string(),
});

/** Where a demo that was kept running can be reached; written for `npm run event`. */
export type RunFile = Readonly<z.infer<typeof runFileSchema>>;

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
    return runFileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new Error("no demo is running: start one with `npm run demo -- --keep`", { cause });
  }
}
