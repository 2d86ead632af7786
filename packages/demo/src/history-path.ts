import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { DemoOptions } from "./demo-options.ts";
import { repositoryRoot } from "./stack/stack-files.ts";

/** Where the history goes: it outlives the run, so that a summary can be checked against it. Its folder exists. */
export function historyPathOf(options: Pick<DemoOptions, "historyPath">): string {
  if (options.historyPath !== undefined) return resolve(options.historyPath);
  const folder = join(repositoryRoot, ".cache", "demo");
  mkdirSync(folder, { recursive: true });
  return join(folder, "history.jsonl");
}
