import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * Id of the npm (or pnpm) that runs this script, `undefined` when none does. Shells stand in between, which outlive an
 * npm that was killed by SIGKILL and tell nobody.
 */
export function scriptRunner() {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  let pid = process.ppid;
  for (let row = lookUp(pid); row !== undefined && isShell(row.command); row = lookUp(pid)) pid = row.parent;
  return pid > 1 ? pid : undefined;
}

/** Whether a process runs; one that ended and waits for its parent to take note does not. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (err) {
    return err.code === "EPERM";
  }
  return lookUp(pid)?.state !== "Z";
}

function isShell(command) {
  return ["ash", "bash", "dash", "sh", "zsh"].includes(basename(command).replace(/^-/, ""));
}

function lookUp(pid) {
  try {
    // `pid (name) state parent …`; the name may hold blanks and brackets, and for a script it is the script's.
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0];
    const [state, parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { command, state, parent: Number(parent) };
  } catch {
    // Systems without /proc have a ps.
    const { stdout } = spawnSync("ps", ["-o", "stat=,ppid=,args=", "-p", String(pid)], { encoding: "utf8" });
    const [, state, parent, command] = /^\s*(\S)\S*\s+(\d+)\s+(\S+)/.exec(stdout ?? "") ?? [];
    return state === undefined ? undefined : { command, state, parent: Number(parent) };
  }
}
