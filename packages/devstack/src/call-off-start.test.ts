import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startDevstack } from "./start-devstack.ts";

const calledOffWithinMs = 3_000;

let machine = "";
let silent: Server | undefined;
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), "autorec-called-off-"));
  lines.length = 0;
  // The supervisor finds its programs and its folder by the environment of this process.
  vi.stubEnv("PATH", machine);
  for (const name of ["TMPDIR", "XDG_CACHE_HOME"]) vi.stubEnv(name, machine);
  for (const name of ["KAFKA_BROKERS", "REDIS_URL", "JAVA_HOME"]) vi.stubEnv(name, "");
});
afterEach(() => {
  vi.unstubAllEnvs();
  silent?.close();
  silent = undefined;
  rmSync(machine, { recursive: true, force: true });
});

/** A program that answers to arguments that match `pattern` as told, and hangs otherwise, with its pid in `hangs`. */
function program(name: string, pattern: string, answer: string): void {
  const hang = `echo $$ >> ${machine}/hangs; exec /bin/sleep 60`;
  writeFileSync(join(machine, name), `#!/bin/sh\ncase "$*" in ${pattern}) ${answer};; *) ${hang};; esac\n`);
  chmodSync(join(machine, name), 0o755);
}

const hangsPath = (): string => join(machine, "hangs");
const never = "no-such-arguments";
const java = `echo 'openjdk version "21.0.2"'`;

test.each([
  ["while an engine is asked", { redis: false }, () => program("docker", never, "")],
  [
    "while jars are downloaded",
    { redis: false },
    () => {
      program("java", "-version", java);
      program("mvn", "-version", "echo 3");
    },
  ],
  [
    "while a broker starts",
    { redis: false },
    () => {
      program("java", "-version|*StorageTool*", java);
      program("mvn", "*", "exit 0");
    },
  ],
  ["while Redis starts", { kafka: false }, () => program("redis-server", "--version", "echo v=7.0.15")],
])("a start that is called off %s ends soon, with nothing left", async (_, services, prepare) => {
  prepare();
  const interrupted = new AbortController();
  const start = startDevstack({ ...services, log, signal: interrupted.signal });
  start.catch(() => undefined);
  await vi.waitFor(() => expect(existsSync(hangsPath())).toBe(true), { timeout: 4_000 });

  const abortedAtMs = performance.now();
  interrupted.abort(new Error("Ctrl-C"));
  await expect(start).rejects.toThrow("Ctrl-C");
  expect(performance.now() - abortedAtMs).toBeLessThan(calledOffWithinMs);
  const pids = readFileSync(hangsPath(), "utf8").trim().split("\n").map(Number);
  await vi.waitFor(() => {
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
  expect(readdirSync(machine).filter((name) => name.startsWith("autorec-devstack-"))).toEqual([]);
  expect(lines.filter((line) => /cannot be started|ended by itself/.test(line))).toEqual([]);
});

test("a start that is called off while a given broker does not answer ends soon", async () => {
  silent = createServer().listen(0, "127.0.0.1");
  await vi.waitFor(() => expect(silent?.listening).toBe(true));
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const interrupted = new AbortController();
  const asked = new Promise((resolve) => silent?.once("connection", resolve));
  const env = { ...process.env, KAFKA_BROKERS: `127.0.0.1:${String(port)}` };
  const start = startDevstack({ redis: false, env, log, signal: interrupted.signal });
  start.catch(() => undefined);
  await asked;

  const abortedAtMs = performance.now();
  interrupted.abort(new Error("Ctrl-C"));
  await expect(start).rejects.toThrow("Ctrl-C");
  expect(performance.now() - abortedAtMs).toBeLessThan(calledOffWithinMs);
});

test("a start that was called off before it began starts nothing", async () => {
  const start = startDevstack({ log, signal: AbortSignal.abort(new Error("Ctrl-C")) });
  await expect(start).rejects.toThrow("Ctrl-C");
  expect(readdirSync(machine)).toEqual([]);
});
