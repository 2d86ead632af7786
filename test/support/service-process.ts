import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

export type ServiceRole = "consumer" | "watchdog";
export type ServiceEnvironment = Readonly<Record<string, string>>;

/** One service as a real process of the runtime that runs the tests; nothing of the tests' own environment reaches it. */
export interface ServiceProcess {
  readonly pid: number;
  /** Everything it has printed so far. */
  output(): string;
  /** Where it serves health and metrics, once it says so; rejects with its output when it ends instead. */
  url(): Promise<string>;
  /** Resolves when /readyz answers 200. */
  ready(): Promise<void>;
  signal(signal: "SIGINT" | "SIGKILL" | "SIGTERM"): void;
  /** Exit code; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>;
}

/** Generous: other tests share the two cores. */
const patience = { timeout: 60_000, interval: 50 } as const;
const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url));

/** Starts it and answers at once; whoever starts it ends it. */
export function startService(role: ServiceRole, env: ServiceEnvironment): ServiceProcess {
  const child = spawn(process.execPath, [`services/${role}/src/main.ts`], {
    cwd: repositoryRoot,
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      printed += text;
    });
  }
  let hasEnded = false;
  const ended = once(child, "close").then(([code]: readonly unknown[]) => {
    hasEnded = true;
    return typeof code === "number" ? code : undefined;
  });
  const addressOf = (): string => {
    const address = /"url":"(http:[^"]+)"/.exec(printed)?.[1];
    if (address === undefined) throw new Error(`${role} does not serve yet:\n${printed}`);
    return address;
  };
  const untilServing = async <T>(look: () => T | Promise<T>): Promise<T> => {
    const answer = await vi.waitUntil(async () => {
      try {
        return { found: await look() };
      } catch (err) {
        if (hasEnded) return { failure: new Error(`${role} ended:\n${printed}`, { cause: err }) };
        return undefined;
      }
    }, patience);
    if ("failure" in answer) throw answer.failure;
    return answer.found;
  };
  return {
    pid: child.pid ?? 0,
    output: () => printed,
    url: () => untilServing(addressOf),
    ready: () =>
      untilServing(async () => {
        const answer = await fetch(new URL("/readyz", addressOf()));
        if (!answer.ok) throw new Error(await answer.text());
      }),
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

/** Starts it, waits until it is ready and ends it as an orchestrator does; answers what it has printed. */
export async function serveAndEnd(
  role: ServiceRole,
  env: ServiceEnvironment,
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  const service = startService(role, env);
  try {
    await service.ready();
    service.signal("SIGTERM");
    return { code: await service.ended, output: service.output() };
  } finally {
    service.signal("SIGKILL");
  }
}

/** Runs a service that is expected to end by itself. */
export async function runService(
  role: ServiceRole,
  env: ServiceEnvironment,
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  const service = startService(role, env);
  const limit = setTimeout(() => {
    service.signal("SIGKILL");
  }, patience.timeout);
  const code = await service.ended;
  clearTimeout(limit);
  return { code, output: service.output() };
}
