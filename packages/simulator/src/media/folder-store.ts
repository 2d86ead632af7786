import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileStore } from "./file-store.ts";
import { stored } from "./file-store.ts";

/** Puts files into `<folder>/<bucket>/<segments of fileNamePrefix>/<name>`. */
export function createFolderStore(folder: string): FileStore {
  const drafts = join(folder, ".drafts");
  let lastDraft = 0;
  return {
    put: async ({ storage, name, bytes }) => {
      const path = join(folder, ...[storage.bucket, ...storage.fileNamePrefix, name].map(safeSegment));
      lastDraft += 1;
      // Several simulators may write into one folder.
      const draft = join(drafts, `${String(process.pid)}-${String(lastDraft)}`);
      try {
        await mkdir(drafts, { recursive: true });
        await mkdir(dirname(path), { recursive: true });
        // Players read the playlist while it is rewritten: they see the old one or the new one.
        await writeFile(draft, bytes);
        await rename(draft, path);
        return stored;
      } catch (err) {
        await rm(draft, { force: true }).catch(() => undefined);
        const reason = err instanceof Error ? err.message : String(err);
        return { kind: "failed", errorCode: 47, reason };
      }
    },
  };
}

/** Buckets and names come from requests: none may lead out of the folder. */
function safeSegment(text: string): string {
  const plain = text.replaceAll(/[/\\\0]/g, "-");
  // A leading dot would be a way up, or hide the file.
  return plain === "" || plain.startsWith(".") ? `-${plain.slice(1)}` : plain;
}
