import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const scripts = fileURLToPath(new URL("../../scripts/", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "autorec-bootstrap-test-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs the front door as on a machine that has nothing but Node. */
function runBare(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(scripts, "run.mjs"), ...args],
      { env: { PATH: folder, ...env } },
      (_err, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

test("what is missing is said before anything is downloaded", async () => {
  const { code, output } = await runBare(["test"]);
  expect(code).toBe(1);
  expect(output).toMatch(/^This needs Kafka and Redis, and the machine has no way to run them:\n/);
  for (const words of [
    "Docker engine        does not answer",
    "Java 17 or newer     not found",
    "Maven                not found",
  ]) {
    expect(output).toContain(words);
  }
  expect(output).toContain("Nothing was downloaded or changed.");
  expect(output).not.toContain("bootstrap:");
});

test("a given broker is not enough for tests that restart theirs", async () => {
  const given = { KAFKA_BROKERS: "kafka:9092", REDIS_URL: "redis://redis:6379" };
  const { code, output } = await runBare(["test"], given);
  expect(code).toBe(1);
  expect(output).toMatch(/^This needs Kafka, and/);
});

test("an unknown task is answered with the known ones", async () => {
  const { code, output } = await runBare(["dmeo"]);
  expect(code).toBe(1);
  expect(output).toMatch(/unknown task "dmeo"; there are: demo, /);
});

/** A program that starts another one; both would run for minutes and write their ids into the folder. */
const family = "echo $$ > $FOLDER/child; sleep 300 & echo $! > $FOLDER/grandchild; wait";

function startGuarded(script: string): ReturnType<typeof spawn> {
  const guarded = `import { guarded } from ${JSON.stringify(join(scripts, "bootstrap/guarded.mjs"))};
    process.exitCode = await guarded("/bin/sh", ["-c", ${JSON.stringify(script)}]);`;
  return spawn(process.execPath, ["--input-type=module", "-e", guarded], {
    env: { ...process.env, FOLDER: folder },
    stdio: "ignore",
  });
}

async function familyIds(): Promise<readonly number[]> {
  await vi.waitFor(() => expect(readdirSync(folder).sort()).toEqual(["child", "grandchild"]), { timeout: 5_000 });
  return ["child", "grandchild"].map((name) => Number(readFileSync(join(folder, name), "utf8")));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended and waits to be reaped still has a number.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
  "%s to the bootstrap ends the task and all that it started",
  async (signal) => {
    const bootstrap = startGuarded(family);
    const ended = new Promise<number | undefined>((resolve) =>
      bootstrap.once("exit", (code) => resolve(code ?? undefined)),
    );
    const ids = await familyIds();
    expect(ids.map(isAlive)).toEqual([true, true]);
    bootstrap.kill(signal);
    await vi.waitFor(() => expect(ids.map(isAlive)).toEqual([false, false]), { timeout: 10_000 });
    expect(await ended).toBe({ SIGINT: 130, SIGTERM: 143, SIGKILL: undefined }[signal]);
  },
);

test("what a task leaves behind when it ends is ended too, and its exit code is passed on", async () => {
  const bootstrap = startGuarded(family.replace("wait", "exit 7"));
  const ended = new Promise<number | undefined>((resolve) =>
    bootstrap.once("exit", (code) => resolve(code ?? undefined)),
  );
  const ids = await familyIds();
  expect(await ended).toBe(7);
  await vi.waitFor(() => expect(ids.map(isAlive)).toEqual([false, false]), { timeout: 5_000 });
});

test.each([
  ["inherit", "y"],
  ["ignore", ""],
] as const)("a task whose stdin is %s reads %j of what a person types", async (stdin, read) => {
  const guarded = `import { guarded } from ${JSON.stringify(join(scripts, "bootstrap/guarded.mjs"))};
    await guarded("/bin/sh", ["-c", "read answer; echo heard=$answer"], { stdin: ${JSON.stringify(stdin)} });`;
  const bootstrap = spawn(process.execPath, ["--input-type=module", "-e", guarded]);
  let output = "";
  bootstrap.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  bootstrap.stdin.end("y\n");
  await vi.waitFor(() => expect(output).toBe(`heard=${read}\n`), { timeout: 10_000 });
});

test("a runner that dies by SIGKILL is noticed through the shells between it and the bootstrap", async () => {
  const guarded = `import { guarded } from ${JSON.stringify(join(scripts, "bootstrap/guarded.mjs"))};
    await guarded("/bin/sh", ["-c", ${JSON.stringify(family)}]);`;
  // As npm does it: the shell waits for the script and outlives its own parent.
  const runner = spawn(
    process.execPath,
    ["-e", `require("child_process").spawn("/bin/sh", ["-c", '"$NODE" --input-type=module -e "$SCRIPT"; true'])`],
    { env: { FOLDER: folder, NODE: process.execPath, SCRIPT: guarded, npm_lifecycle_event: "test" }, stdio: "ignore" },
  );
  const ids = await familyIds();
  runner.kill("SIGKILL");
  await vi.waitFor(() => expect(ids.map(isAlive)).toEqual([false, false]), { timeout: 10_000 });
});
