import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "./run-program.mjs";

/** Runs test projects and answers with how many tests passed and failed; a file that cannot be loaded has failed. */
export async function runVitest(projects, args) {
  const folder = mkdtempSync(join(tmpdir(), "autorec-tests-"));
  const report = join(folder, "report.json");
  try {
    const { code } = await runProgram(
      [
        ...["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
        ...projects.flatMap((project) => ["--project", project]),
        ...args,
      ],
      { show: true },
    );
    return countTests(report, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countTests(report, code) {
  let found;
  try {
    found = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    // Vitest ended before it could report: its own words are on the screen.
    return { passed: 0, failed: 1 };
  }
  const unloaded = found.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const passed = found.numPassedTests;
  const failed = found.numFailedTests + unloaded.length;
  // A run can fail without a failed test (an unhandled rejection), and a run without tests has shown nothing.
  const unexplained = failed === 0 && (code !== 0 || passed === 0) ? 1 : 0;
  return { passed, failed: failed + unexplained };
}
