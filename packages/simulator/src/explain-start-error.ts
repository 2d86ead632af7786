import { UsageError } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { ScenarioError } from "./scenario/read-scenario.ts";
import { SettingsError } from "./settings/simulator-settings.ts";

/** What the console says of a start that failed, and the exit code: 2 when what was asked for is wrong. */
export interface StartFailure {
  readonly message: string;
  readonly exitCode: 1 | 2;
}

/** One line wherever the cause is known; otherwise the stack. `asked` is undefined while it could not be read. */
export function explainStartError(err: unknown, asked: CommandLine | undefined): StartFailure {
  if (err instanceof UsageError) return { message: `${err.message}\n--help shows what there is`, exitCode: 2 };
  if (err instanceof SettingsError || err instanceof ScenarioError) return { message: err.message, exitCode: 2 };
  if (!(err instanceof Error)) return { message: String(err), exitCode: 1 };
  const code = "code" in err && typeof err.code === "string" ? err.code : "";
  if (asked !== undefined) {
    if (hostCodes.has(code)) return { message: aboutHost(err, asked), exitCode: 2 };
    if (code.startsWith("ERR_OSSL")) return { message: aboutTls(err, asked), exitCode: 2 };
  }
  const option = portOptionOf(err, asked);
  if (code === "EADDRINUSE") {
    const hint = `another simulator may be running there: ${option} N, or 0 for any free one`;
    return { message: `${err.message}; ${hint}`, exitCode: 1 };
  }
  if (code === "EACCES" && "syscall" in err && err.syscall === "listen") {
    return { message: `${err.message}; ${option} needs one from 1024 on, or the right to open it`, exitCode: 2 };
  }
  return { message: err.stack ?? err.message, exitCode: 1 };
}

const hostCodes: ReadonlySet<string> = new Set(["ENOTFOUND", "EAI_AGAIN", "EADDRNOTAVAIL", "EAFNOSUPPORT"]);

function aboutHost(err: Error, { host }: CommandLine): string {
  return `--host ${host} is no address of this machine: ${err.message}; expected 127.0.0.1, 0.0.0.0 or one of its own`;
}

/** OpenSSL's `reason` is the part of its message that people can read. */
function aboutTls(err: Error, { tls }: CommandLine): string {
  const reason = "reason" in err && typeof err.reason === "string" ? err.reason : err.message;
  return `--tls-cert ${tls?.certPath ?? ""} and --tls-key ${tls?.keyPath ?? ""} cannot be used: ${reason}; expected a certificate and its own key, both PEM`;
}

function portOptionOf(err: Error, asked: CommandLine | undefined): "--port" | "--tls-port" {
  const port = "port" in err ? err.port : undefined;
  return asked?.tls?.port === port && asked?.port !== port ? "--tls-port" : "--port";
}
