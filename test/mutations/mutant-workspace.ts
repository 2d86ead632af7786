import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Edit } from "./mutation.ts";

const copied = [
  "examples",
  "packages",
  "services",
  "test",
  "package.json",
  "pnpm-workspace.yaml",
  "tsconfig.base.json",
  "tsconfig.json",
  "vitest.config.ts",
] as const;

/** A copy of the sources in which faults may be planted. */
export interface MutantWorkspace extends Disposable {
  readonly root: string;
  /** Plants the edits, answers how to take them back; throws when one does not fit the source exactly once. */
  plant(edits: readonly Edit[]): () => void;
}

/**
 * Copies the workspace into a temporary folder. The links between its packages are relative, so the copy imports the copy,
 * in child processes too; everything from registries is shared with the original.
 */
export function copyWorkspace(original: string): MutantWorkspace {
  const root = mkdtempSync(join(tmpdir(), "autorec-mutants-"));
  for (const name of copied) {
    cpSync(join(original, name), join(root, name), { recursive: true, verbatimSymlinks: true });
  }
  symlinkSync(join(original, "node_modules"), join(root, "node_modules"));
  return {
    root,
    plant(edits) {
      const before = new Map(edits.map(({ file }) => [file, readFileSync(join(root, file), "utf8")]));
      const restore = (): void => {
        for (const [file, text] of before) writeFileSync(join(root, file), text);
      };
      try {
        for (const edit of edits) plantOne(root, edit);
      } catch (err) {
        restore();
        throw err;
      }
      return restore;
    },
    [Symbol.dispose]: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function plantOne(root: string, { file, find, replace }: Edit): void {
  const path = join(root, file);
  const parts = readFileSync(path, "utf8").split(find);
  if (parts.length !== 2) {
    throw new Error(`${file}: expected this text exactly once, found it ${String(parts.length - 1)} times: ${find}`);
  }
  writeFileSync(path, parts.join(replace));
}
