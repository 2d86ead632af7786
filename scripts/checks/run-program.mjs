import { spawn } from "node:child_process";

/** Runs a program to its end; its output is shown as it comes, or answered. */
export function runProgram([command, ...args], { show = false, cwd } = {}) {
  const startedAtMs = performance.now();
  const stdio = show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"];
  const child = spawn(command, args, { stdio, cwd });
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => {
    const answer = (code) => resolve({ code, output, seconds: ((performance.now() - startedAtMs) / 1_000).toFixed(1) });
    child.once("error", (err) => {
      output += err.message;
      answer(1);
    });
    child.once("close", (code) => answer(code ?? 1));
  });
}
