import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, beforeEach, expect, inject, test, vi } from "vitest";

const main = fileURLToPath(new URL("../../packages/demo/src/main.ts", import.meta.url));
const interruptedExitCode = 130;
/** The guarantee is 3 s; the tests beside this one take their share of the machine. */
const endsWithinMs = 6_000;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "autorec-interrupted-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Demo {
  readonly printed: () => string;
  readonly interrupt: () => void;
  /** `undefined` when a signal ended it. */
  readonly exitCode: Promise<number | undefined>;
}

/** The demo on the shared Kafka and Redis; whatever it starts inherits the folder as TMPDIR. */
function startDemo(): Demo {
  const child = spawn(process.execPath, [main, "--history", join(folder, "history.jsonl")], {
    env: { ...process.env, KAFKA_BROKERS: inject("kafkaBrokers"), REDIS_URL: inject("redisUrl"), TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  return {
    printed: () => text,
    interrupt: () => child.kill("SIGINT"),
    exitCode: new Promise((resolve) => child.once("exit", (code) => resolve(code ?? undefined))),
  };
}

/** The environments of the processes that were started with the test's folder as TMPDIR and are still there. */
function environments(): readonly string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const environment = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/environ`, "utf8") : "";
      return environment.includes(`TMPDIR=${folder}\0`) ? [environment] : [];
    } catch {
      // It has just ended, or is not ours to read.
      return [];
    }
  });
}

async function topicsOf(runId: string): Promise<readonly string[]> {
  const admin = new Kafka({ brokers: [inject("kafkaBrokers")], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return (await admin.listTopics()).filter((topic) => topic.startsWith(`${runId}.`));
  } finally {
    await admin.disconnect();
  }
}

/** Whether the process has printed something. */
function hasPrinted(process: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).some(
    (name) => name.endsWith(`${process}.1.log`) && statSync(join(folder, name)).size > 0,
  );
}

test.runIf(process.platform === "linux").each([
  ["its processes begin to start", (demo: Demo) => demo.printed().includes("starting simulator")],
  ["the services open their connections", () => hasPrinted("consumer-1")],
  ["the day runs", (demo: Demo) => demo.printed().includes("recorder")],
])("a demo that is interrupted when %s ends soon and leaves nothing", async (_, isThere) => {
  const demo = startDemo();
  await vi.waitFor(() => expect(isThere(demo), demo.printed()).toBe(true), { timeout: 60_000, interval: 20 });
  const runId = /AUTOREC_DEPLOYMENT_ID=(\S+?)\0/.exec(environments().join(""))?.[1];
  const interruptedAtMs = performance.now();
  demo.interrupt();
  expect(await demo.exitCode, demo.printed()).toBe(interruptedExitCode);
  expect(performance.now() - interruptedAtMs).toBeLessThan(endsWithinMs);
  expect(environments()).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith("autorec-devstack-"))).toEqual([]);
  if (runId !== undefined) expect(await topicsOf(runId)).toEqual([]);
  expect(demo.printed()).not.toMatch(/^demo:/m);
});
