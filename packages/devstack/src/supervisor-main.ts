// A process of its own that outlives its parent just long enough to clean up after it. It holds the private data folder
// and the programs; when the channel to the parent closes, for whatever reason (SIGKILL included), it kills the process
// group of each program, removes containers and folder, and ends.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { orderSchema, type Order, type Program, type Report } from "./supervisor-messages.ts";

const folder = mkdtempSync(join(tmpdir(), "autorec-devstack-"));
const programs = new Map<string, ChildProcess>();
let containerLabel: string | undefined;
let ending = false;

const lateContainerMs = 1_000;

process.on("message", (message: unknown) => {
  const order = orderSchema.parse(message);
  carryOut(order).catch((err: unknown) => {
    report({ kind: "failed", id: order.id, message: err instanceof Error ? err.message : String(err) });
  });
});
process.on("disconnect", endAfterCrash);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, endNow);
report({ kind: "ready", folder });

async function carryOut(order: Order): Promise<void> {
  switch (order.kind) {
    case "run":
      report({ kind: "done", id: order.id, pid: await run(order.program) });
      return;
    case "halt":
      await halt(order.name, order.patienceMs);
      report({ kind: "done", id: order.id });
      return;
    case "own-containers":
      containerLabel = order.label;
      report({ kind: "done", id: order.id });
      return;
    case "end":
      endNow();
      return;
  }
}

function run(program: Program): Promise<number> {
  if (ending) throw new Error("the supervisor is ending");
  const log = openSync(join(folder, `${program.name}.log`), "a");
  // A group of its own, so that whatever the program starts ends with it.
  const child = spawn(program.command, program.args, {
    cwd: program.cwd ?? folder,
    env: { ...process.env, ...program.env },
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Known from its first moment on: the order to end everything may come before it reports that it runs.
    if (child.pid !== undefined) programs.set(program.name, child);
    child.once("spawn", () => {
      const pid = child.pid ?? 0;
      child.once("exit", (code, signal) => {
        killGroup(pid);
        report({ kind: "exited", pid, how: signal ?? `code ${String(code)}` });
      });
      resolve(pid);
    });
  });
}

/** Asks the program to end, insists after `patienceMs`; returns when it is gone. */
async function halt(name: string, patienceMs: number): Promise<void> {
  const child = programs.get(name);
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const pid = child.pid;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const insist = setTimeout(() => {
    killGroup(pid);
  }, patienceMs);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(insist);
}

function endNow(): void {
  if (ending) return;
  ending = true;
  const living = [...programs.values()].filter((child) => child.exitCode === null && child.signalCode === null);
  const gone = living.map((child) => new Promise((resolve) => child.once("exit", resolve)));
  for (const child of living) killGroup(child.pid ?? 0);
  if (containerLabel !== undefined) removeContainers(containerLabel);
  Promise.all(gone).then(leave, leave);
}

function leave(): void {
  // Retried: what a killed program had asked the kernel to write may still arrive.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  process.exit(0);
}

/** The parent died or gave up at work: a container that it had just asked for may appear after the first look. */
function endAfterCrash(): void {
  if (containerLabel !== undefined) {
    removeContainers(containerLabel);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lateContainerMs);
  }
  endNow();
}

function removeContainers(label: string): void {
  const found = spawnSync("docker", ["ps", "-aq", "--filter", `label=${label}`], { encoding: "utf8", timeout: 10_000 });
  if (found.status !== 0) return;
  const ids = found.stdout.split("\n").filter((id) => id !== "");
  if (ids.length > 0) spawnSync("docker", ["rm", "-f", "-v", ...ids], { timeout: 30_000 });
}

function killGroup(pid: number): void {
  if (pid <= 1) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function report(what: Report): void {
  // After a disconnect nobody listens any more; the clean-up needs no listener.
  if (process.connected) process.send?.(what, undefined, undefined, () => undefined);
}
