import { accessSync, constants, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { CommandLine } from "./command-line.ts";
import { parseCommandLine, usage, UsageError } from "./command-line.ts";
import { explainStartError } from "./explain-start-error.ts";
import { sampleSettings, welcome } from "./sample-settings.ts";
import { startSimulator } from "./start-simulator.ts";

let asked: CommandLine | undefined;
try {
  const commandLine = parseCommandLine(process.argv.slice(2));
  if (commandLine === "help") process.stdout.write(`${usage}\n`);
  else await run((asked = commandLine));
} catch (err) {
  const { message, exitCode } = explainStartError(err, asked);
  fail(message, exitCode);
}

async function run(commandLine: CommandLine): Promise<void> {
  const { settingsPath } = commandLine;
  const { scenarioPath, tls } = commandLine;
  checkWritable("--history", commandLine.historyPath);
  checkWritable("--media", commandLine.mediaFolder);
  const simulator = await startSimulator({
    ...commandLine,
    settings: settingsOf(commandLine),
    scenario:
      scenarioPath === undefined ? undefined : { name: scenarioPath, text: readOrExplain("--scenario", scenarioPath) },
    tls:
      tls === undefined
        ? undefined
        : {
            port: tls.port,
            cert: readOrExplain("--tls-cert", tls.certPath),
            key: readOrExplain("--tls-key", tls.keyPath),
          },
  });
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
  if (simulator.httpsUrl !== undefined) process.stdout.write(`also on ${simulator.httpsUrl}\n`);
  if (settingsPath === undefined) process.stdout.write(welcome(simulator.baseUrl));
}

function settingsOf({ settingsPath, profile }: CommandLine) {
  if (settingsPath === undefined) return sampleSettings(profile);
  const text = readOrExplain("--settings", settingsPath);
  try {
    const unchecked: unknown = JSON.parse(text);
    return { unchecked };
  } catch (err) {
    const cause = err instanceof Error ? err.message : String(err);
    throw new UsageError(`--settings ${settingsPath} cannot be read as JSON: ${cause}`, { cause: err });
  }
}

function readOrExplain(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (err) {
    throw new UsageError(`${option} ${path} cannot be read: ${err instanceof Error ? err.message : String(err)}`, {
      cause: err,
    });
  }
}

/** Told before anything listens: later it would be a recording that dies for no visible reason. */
function checkWritable(option: string, path: string | undefined): void {
  if (path === undefined) return;
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (err) {
    throw new UsageError(`${option} ${path} cannot be written: ${err instanceof Error ? err.message : String(err)}`, {
      cause: err,
    });
  }
}

function fail(message: string, exitCode: 1 | 2): never {
  process.stderr.write(`simulator: ${message}\n`);
  process.exit(exitCode);
}
