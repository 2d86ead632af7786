import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** Environment variables as a process sees them. */
export type Env = Readonly<Record<string, string | undefined>>;

const run = promisify(execFile);
const answerLimitMs = 5_000;

/** Where the programs of this machine are looked for. */
export interface Machine {
  readonly env: Env;
  /** Kills a program that is being asked; it then counts as missing. */
  readonly signal?: AbortSignal;
}

/** What a program prints when asked; `undefined` when it is missing, fails or does not answer in time. */
async function ask(command: string, args: readonly string[], { env, signal }: Machine): Promise<string | undefined> {
  try {
    const limits = { timeout: answerLimitMs, killSignal: "SIGKILL", signal } as const;
    const { stdout, stderr } = await run(command, [...args], { ...limits, env });
    return `${stdout}\n${stderr}`.trim();
  } catch {
    return undefined;
  }
}

/** Path of a Java of version 17 or newer, that of JAVA_HOME first. */
export async function findJava(machine: Machine): Promise<string | undefined> {
  const home = machine.env["JAVA_HOME"];
  const candidates = home === undefined || home === "" ? ["java"] : [join(home, "bin", "java"), "java"];
  for (const java of candidates) {
    const version = /version "(\d+)/.exec((await ask(java, ["-version"], machine)) ?? "")?.[1];
    if (Number(version) >= 17) return java;
  }
  return undefined;
}

/** Whether Maven is on the path. */
export async function hasMaven(machine: Machine): Promise<boolean> {
  return (await ask("mvn", ["-version"], machine)) !== undefined;
}

/** Version of the Docker engine that answers; `undefined` when there is none, or it is stuck. */
export async function dockerEngineVersion(machine: Machine): Promise<string | undefined> {
  const answer = await ask("docker", ["version", "--format", "{{.Server.Version}}"], machine);
  return answer === undefined ? undefined : /^\d[\w.+~-]*/m.exec(answer)?.[0];
}

/** Address of the engine that the docker command talks to (its current context); `undefined` for the default. */
export async function dockerEngineAddress(machine: Machine): Promise<string | undefined> {
  const answer = await ask("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], machine);
  return answer === undefined ? undefined : /^(unix|tcp|http|https|ssh|npipe):\S+/m.exec(answer)?.[0];
}

/** A redis-server on the path that is new enough (6.2), with its version. */
export async function findRedisServer(
  machine: Machine,
): Promise<{ readonly command: string; readonly version: string } | undefined> {
  const version = /\bv=(\d+\.\d+[\d.]*)/.exec((await ask("redis-server", ["--version"], machine)) ?? "")?.[1];
  return version !== undefined && isNewEnoughRedis(version) ? { command: "redis-server", version } : undefined;
}

/** Redis 6.2 is the oldest whose commands the scripts use. */
export function isNewEnoughRedis(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}
