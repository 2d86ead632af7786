import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./process-table.mjs";

const lookEveryMs = 200;
const waitLimitMs = 600_000;

/** Runs `work` while no other process does so under the same lock; the lock of a dead process does not count. */
export async function withFileLock(path, work) {
  const startedAtMs = Date.now();
  while (!take(path)) {
    if (Date.now() - startedAtMs > waitLimitMs)
      throw new Error(`${path} is held for too long; remove it if nobody works`);
    await sleep(lookEveryMs);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (err) {
    if (err.code !== "EEXIST") throw err;
  }
  const owner = Number(readOwner(path));
  // An empty file is one whose owner is just writing its id.
  if (owner > 0 && !isAlive(owner)) rmSync(path, { force: true });
  return false;
}

function readOwner(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
