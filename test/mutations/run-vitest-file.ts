import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Longest run of one file; a fault that makes the tests hang is noticed by their own limits long before. */
const runMsMax = 600_000;

export type TestRun =
  | { readonly kind: "green"; readonly tests: number; readonly durationMs: number }
  | { readonly kind: "red"; readonly firstFailed: string; readonly durationMs: number }
  /** It did not come to a verdict, or nothing matched. */
  | { readonly kind: "broken"; readonly why: string; readonly durationMs: number };

const reportSchema = z.object({
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({ assertionResults: z.array(z.object({ status: z.string(), title: z.string() })), message: z.string() }),
  ),
});

/** Runs one test file, or the tests in it whose name contains `testName`, and says whether a test failed. */
export async function runVitestFile(options: {
  readonly root: string;
  readonly file: string;
  readonly testName?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<TestRun> {
  const { root, file, testName } = options;
  const reportPath = join(root, "mutation-report.json");
  rmSync(reportPath, { force: true });
  const startedAtMs = performance.now();
  const args = ["run", file, "--bail", "1", "--reporter", "json", "--outputFile", reportPath];
  const filter = testName === undefined ? [] : ["--testNamePattern", escapePattern(testName)];
  const child = spawn(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), ...args, ...filter], {
    cwd: root,
    env: { ...options.env },
    stdio: "ignore",
    timeout: runMsMax,
    killSignal: "SIGKILL",
  });
  await once(child, "exit");
  const durationMs = performance.now() - startedAtMs;
  if (!existsSync(reportPath)) return { kind: "broken", why: "vitest wrote no report", durationMs };
  return verdictOf(JSON.parse(readFileSync(reportPath, "utf8")), durationMs);
}

function verdictOf(report: unknown, durationMs: number): TestRun {
  const { numPassedTests, testResults } = reportSchema.parse(report);
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === "failed");
  if (failed !== undefined) return { kind: "red", firstFailed: failed.title, durationMs };
  const message = testResults.map((result) => result.message).find((text) => text !== "");
  if (message !== undefined) return { kind: "broken", why: message.split("\n")[0] ?? message, durationMs };
  if (numPassedTests === 0) return { kind: "broken", why: "no test matched", durationMs };
  return { kind: "green", tests: numPassedTests, durationMs };
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
