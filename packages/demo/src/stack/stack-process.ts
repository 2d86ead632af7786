import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunningProgram, Supervisor } from "@autorec/devstack";
import { repositoryRoot } from "./stack-files.ts";

/** How long a process may take until it says that it works: one that is launched into a busy machine takes a minute. */
const readyMsMax = 120_000;
const pollMs = 50;

/** How a process is launched, and how it is known to work. */
export interface ProcessPlan {
  readonly supervisor: Supervisor;
  /** Also the instance id and the name of its log. */
  readonly name: string;
  /** Path of the main file below the repository's root. */
  readonly main: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Finds the address in what the process has printed since it was started. */
  readonly address: RegExp;
  /** Path that answers 200 when the process works. */
  readonly readyPath: string;
}

/** One process of the stack: it can be killed, paused and started again under the same name. */
export class StackProcess {
  /** Also its instance id. */
  readonly name: string;
  readonly #plan: ProcessPlan;
  #running: RunningProgram | undefined;
  #url = "";
  #starts = 0;

  constructor(plan: ProcessPlan) {
    this.name = plan.name;
    this.#plan = plan;
  }

  /** Where it serves, since its last start. */
  get url(): string {
    return this.#url;
  }

  /** Of the running process; 0 when there is none. */
  get pid(): number {
    return this.#running?.pid ?? 0;
  }

  /** The files that hold everything it printed, one per start. */
  get logPaths(): readonly string[] {
    return Array.from({ length: this.#starts }, (_, i) => this.#logPath(i + 1));
  }

  /** Launches the process and waits until it works. */
  async start(): Promise<void> {
    await this.launch();
    await this.ready();
  }

  /** Launches the process; it may still be opening its connections. */
  async launch(): Promise<void> {
    const { supervisor, name, main, args, env } = this.#plan;
    this.#starts += 1;
    this.#running = await supervisor.run({
      name: this.#logName(this.#starts),
      command: process.execPath,
      args: [join(repositoryRoot, main), ...args],
      cwd: repositoryRoot,
      env: { ...env, AUTOREC_INSTANCE_ID: name },
    });
  }

  /** Rejects with the end of its output when it ends or takes too long instead. */
  async ready(): Promise<void> {
    const running = this.#running;
    if (running === undefined) throw new Error(`${this.name} was not started`);
    const untilMs = performance.now() + readyMsMax;
    let ended: string | undefined;
    running.exited.then(
      (how) => {
        ended = how;
      },
      (err: unknown) => {
        ended = String(err);
      },
    );
    while (!(await this.#answers())) {
      if (ended !== undefined || performance.now() > untilMs) {
        throw new Error(`${this.name} did not become ready (${ended ?? "still starting"}):\n${running.logTail()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** Sends the signal to the running process; nothing happens when there is none. After SIGKILL it counts as gone. */
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): void {
    if (this.#running === undefined) return;
    process.kill(this.#running.pid, signal);
    if (signal === "SIGKILL") this.#running = undefined;
  }

  /** Ends it as an operator would; insists after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.halt(patienceMs);
  }

  async #answers(): Promise<boolean> {
    try {
      const printed = await readFile(this.#logPath(this.#starts), "utf8");
      const url = this.#plan.address.exec(printed)?.[1];
      if (url === undefined) return false;
      this.#url = url;
      return (await fetch(new URL(this.#plan.readyPath, url))).ok;
    } catch {
      // Not listening yet, or nothing printed yet.
      return false;
    }
  }

  #logName(start: number): string {
    return `${this.name}.${String(start)}`;
  }

  #logPath(start: number): string {
    return join(this.#plan.supervisor.folder, `${this.#logName(start)}.log`);
  }
}
