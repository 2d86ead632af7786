import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DevstackError } from "./devstack-error.ts";
import { reportSchema, type Order, type Program, type Report } from "./supervisor-messages.ts";
import { withLimit } from "./with-limit.ts";

/** A program that runs under the supervisor. */
export interface RunningProgram {
  /** Also the id of its process group. */
  readonly pid: number;
  /** Settles with how it ended (`code 1`, `SIGKILL`). */
  readonly exited: Promise<string>;
  /** Throws when it has ended, with the end of what it printed. */
  requireAlive(): void;
  /** The end of what it printed. */
  logTail(): string;
  /** Asks it to end, kills its group after `patienceMs`; returns when it is gone. */
  halt(patienceMs: number): Promise<void>;
}

/** Runs programs so that none of them, nor the data folder, survives this process. */
export interface Supervisor {
  /** Private folder for data and logs; removed at the end. */
  readonly folder: string;
  /** True from the call of `end` or `endAtWork` on: programs that end now do so because they were told to. */
  readonly ending: boolean;
  /** Answers when the program runs; rejects when it cannot be started. */
  run(program: Program): Promise<RunningProgram>;
  /** Runs a program that ends by itself; rejects with the end of its output if it fails or passes `limitMs`. */
  runToEnd(program: Program, limitMs: number): Promise<void>;
  /** From now on containers with this label are removed at the end. */
  ownContainers(label: string): Promise<void>;
  /** Kills all programs, removes containers and folder; returns when that is done. Safe to call twice. */
  end(): Promise<void>;
  /** As `end`, while something is still being started: what appears a moment later is removed as well. */
  endAtWork(): Promise<void>;
}

/** Starts the supervising process; it notices the end of this one even after SIGKILL. */
export async function startSupervisor(): Promise<Supervisor> {
  const child = fork(fileURLToPath(new URL("./supervisor-main.ts", import.meta.url)), [], {
    detached: true,
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const link = new SupervisorLink(child);
  const folder = await withLimit(link.ready, orderLimitMs, "starting the supervisor");
  // A parent that forgets to stop may end all the same: the closing channel cleans up.
  child.unref();
  child.channel?.unref();
  return new LinkedSupervisor(folder, link);
}

const orderLimitMs = 30_000;

/** An order without the id that the link gives it. */
type Ask = Order extends infer Each ? (Each extends Order ? Omit<Each, "id"> : never) : never;

/** One channel to the supervising process: orders go out with an id, answers come back by it. */
class SupervisorLink {
  readonly ready: Promise<string>;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, PromiseWithResolvers<number>>();
  readonly #exits = new Map<number, PromiseWithResolvers<string>>();
  readonly #ready = Promise.withResolvers<string>();
  #lastId = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ready = this.#ready.promise;
    this.ended = new Promise((resolve) => {
      child.once("exit", () => {
        this.#giveUp("the supervisor ended");
        resolve();
      });
    });
    child.once("error", (err) => {
      this.#giveUp(`the supervisor could not be started: ${err.message}`);
    });
    child.on("message", (message: unknown) => {
      this.#take(reportSchema.parse(message));
    });
  }

  /** Sends an order and answers with the pid it yields (0 if it yields none). */
  async ask(order: Ask, limitMs = orderLimitMs): Promise<number> {
    if (!this.#child.connected) throw new DevstackError("the devstack is stopped");
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<number>();
    this.#answers.set(id, answer);
    this.#child.send({ ...order, id }, (err) => {
      if (err !== null) answer.reject(err);
    });
    return withLimit(answer.promise, limitMs, `order "${order.kind}"`);
  }

  /** Closes the channel: for the supervisor that looks like the death of this process in the middle of its work. */
  hangUp(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  /** Settles when the program with this pid has ended. */
  exitOf(pid: number): Promise<string> {
    const known = this.#exits.get(pid) ?? Promise.withResolvers<string>();
    this.#exits.set(pid, known);
    return known.promise;
  }

  #take(report: Report): void {
    switch (report.kind) {
      case "ready":
        this.#ready.resolve(report.folder);
        return;
      case "done":
        this.#answers.get(report.id)?.resolve(report.pid ?? 0);
        this.#answers.delete(report.id);
        return;
      case "failed":
        this.#answers.get(report.id)?.reject(new DevstackError(report.message));
        this.#answers.delete(report.id);
        return;
      case "exited": {
        const known = this.#exits.get(report.pid) ?? Promise.withResolvers<string>();
        this.#exits.set(report.pid, known);
        known.resolve(report.how);
        return;
      }
    }
  }

  #giveUp(reason: string): void {
    this.#ready.promise.catch(() => undefined);
    this.#ready.reject(new DevstackError(reason));
    for (const answer of this.#answers.values()) answer.reject(new DevstackError(reason));
    for (const exit of this.#exits.values()) exit.resolve(reason);
  }
}

class LinkedSupervisor implements Supervisor {
  readonly folder: string;
  ending = false;
  readonly #link: SupervisorLink;

  constructor(folder: string, link: SupervisorLink) {
    this.folder = folder;
    this.#link = link;
  }

  async run(program: Program): Promise<RunningProgram> {
    const pid = await this.#link.ask({ kind: "run", program });
    const logTail = (): string => tailOf(join(this.folder, `${program.name}.log`));
    let ended: string | undefined;
    const exited = this.#link.exitOf(pid).then((how) => (ended = how));
    return {
      pid,
      exited,
      logTail,
      requireAlive: () => {
        if (ended !== undefined) throw new DevstackError(`${program.name} ended (${ended}): ${logTail()}`);
      },
      halt: async (patienceMs) => {
        await this.#link.ask({ kind: "halt", name: program.name, patienceMs }, patienceMs + orderLimitMs);
      },
    };
  }

  async runToEnd(program: Program, limitMs: number): Promise<void> {
    const running = await this.run(program);
    const how = await withLimit(running.exited, limitMs, program.name).catch(async (err: unknown) => {
      await running.halt(0);
      throw err;
    });
    if (how !== "code 0") throw new DevstackError(`${program.name} failed (${how}): ${running.logTail()}`);
  }

  async ownContainers(label: string): Promise<void> {
    await this.#link.ask({ kind: "own-containers", label });
  }

  async end(): Promise<void> {
    this.ending = true;
    // The order is answered by the end of the supervisor, not by a report.
    this.#link.ask({ kind: "end" }).catch(() => undefined);
    await withLimit(this.#link.ended, orderLimitMs, "cleaning up");
  }

  async endAtWork(): Promise<void> {
    this.ending = true;
    this.#link.hangUp();
    await withLimit(this.#link.ended, orderLimitMs, "cleaning up");
  }
}

function tailOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim().slice(-tailCharsMax);
  } catch {
    return "(it printed nothing)";
  }
}

const tailCharsMax = 2_000;
