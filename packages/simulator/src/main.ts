import { readFileSync } from "node:fs";
import { parseCommandLine, usage, UsageError } from "./command-line.ts";
import { SettingsError } from "./settings/simulator-settings.ts";
import { startSimulator } from "./start-simulator.ts";

await main().catch((err: unknown) => {
  if (err instanceof UsageError) fail(`${err.message}\n${usage}`, 2);
  if (err instanceof SettingsError) fail(err.message, 2);
  fail(err instanceof Error ? (err.stack ?? err.message) : String(err), 1);
});

async function main(): Promise<void> {
  const { settingsPath, ...options } = parseCommandLine(process.argv.slice(2));
  const simulator = await startSimulator({ ...options, settings: { unchecked: readSettings(settingsPath) } });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      simulator.close().then(
        () => process.exit(0),
        (err: unknown) => fail(String(err), 1),
      );
    });
  }
  // Last: whoever reads this line may already send a signal.
  process.stdout.write(`simulator ready on ${simulator.baseUrl}\n`);
}

function readSettings(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (err) {
    const cause = err instanceof Error ? err.message : String(err);
    throw new UsageError(`--settings ${path} cannot be read as JSON: ${cause}`, { cause: err });
  }
}

function fail(message: string, exitCode: 1 | 2): never {
  process.stderr.write(`simulator: ${message}\n`);
  process.exit(exitCode);
}
