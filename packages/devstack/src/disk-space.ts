import { mkdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { DevstackError } from "./devstack-error.ts";

const bytesPerMiB = 1_048_576;

/** Rejects, before anything is written, when `folder` has less room than `neededMiB`; makes the folder. */
export async function requireDiskSpace(folder: string, neededMiB: number, setting: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const freeMiB = Math.floor((bavail * bsize) / bytesPerMiB);
  if (freeMiB >= neededMiB) return;
  throw new DevstackError(
    `the disk is full: ${folder} has ${freeMiB} MiB free, devstack needs ${neededMiB} MiB there; ` +
      `free some space or set ${setting} to a folder on another disk`,
  );
}
