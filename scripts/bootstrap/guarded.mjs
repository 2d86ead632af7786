import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isAlive, scriptRunner } from "./process-table.mjs";
import { root } from "./root.mjs";

/**
 * Runs a program to its end and answers with its exit code. Whatever it started ends with it, and all of it ends when
 * this process is interrupted, killed, or loses its parent. It reads nothing unless `stdin` is "inherit".
 */
export function guarded(command, args, { env = process.env, stdin = "ignore" } = {}) {
  const guard = spawn(process.execPath, [fileURLToPath(new URL("guard-main.mjs", import.meta.url)), command, ...args], {
    cwd: root,
    env,
    detached: true,
    stdio: [stdin, "inherit", "inherit", "ipc"],
  });
  let endedBy;
  let answer = 1;
  const end = (signal) => {
    endedBy ??= signal;
    if (guard.connected) guard.send("end");
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, end);
  const runner = scriptRunner();
  const runnerWatch = setInterval(() => runner !== undefined && !isAlive(runner) && end("SIGHUP"), 1_000);

  return new Promise((resolve) => {
    guard.once("message", (code) => (answer = code));
    guard.once("error", (err) => console.error(`cannot start ${command}: ${err.message}`));
    guard.once("close", () => {
      clearInterval(runnerWatch);
      for (const signal of signals) process.off(signal, end);
      resolve(endedBy === undefined ? answer : exitCodes[endedBy]);
    });
  });
}

/** As shells report a program that a signal ended: 128 + its number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
