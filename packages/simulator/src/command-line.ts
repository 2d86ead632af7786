import { parseArgs } from "node:util";

export interface CommandLine {
  readonly port: number;
  readonly host: string;
  readonly historyPath: string | undefined;
  /** Absent: the settings of `sampleSettings`. */
  readonly settingsPath: string | undefined;
  /** Of the sample settings. */
  readonly profile: "real" | "fast";
  readonly scenarioPath: string | undefined;
  readonly kafka:
    | { readonly brokers: readonly string[]; readonly topic: string; readonly recordingTopic: string | undefined }
    | undefined;
  readonly seed: number | undefined;
  readonly mediaFolder: string | undefined;
  readonly tls: { readonly certPath: string; readonly keyPath: string; readonly port: number } | undefined;
}

export const usage = `usage: npm run simulator -- [options]     (or: node packages/simulator/src/main.ts [options])

Agora Cloud Recording on your machine. Without options: one account, one App ID, both printed.

  --port 8787           where it listens; 0 takes any free port
  --host 127.0.0.1      0.0.0.0 lets other machines in
  --settings FILE       accounts, App IDs, durations, switches (JSON); see docs/simulator.md
  --profile real        without --settings: Agora's durations, or "fast" ones for tests
  --scenario FILE       plays what the file says (YAML or JSON)
  --history FILE        writes down what truly happened (JSON Lines)
  --media FOLDER        writes real HLS, MP4 and JPG files there
  --tls-cert FILE       with --tls-key FILE: listens on HTTPS too (HTTP/1.1 and HTTP/2)
  --tls-port 8443       where
  --kafka BROKERS       publishes channel events to --topic rtc.channel-events
  --recording-topic T   and recording events there, such as agora.recording-events
  --seed N              makes its choices repeat
  --help                this text`;

/** What is asked for: to run, or to say how. @throws UsageError that names the argument and what was expected. */
export function parseCommandLine(args: readonly string[]): CommandLine | "help" {
  const values = readArguments(args);
  if (values.help) return "help";
  const { settings, profile } = values;
  if (settings !== undefined && profile !== undefined) {
    throw new UsageError("--profile is for a start without --settings; the file has its own profile");
  }
  if (profile !== undefined && profile !== "real" && profile !== "fast") {
    throw new UsageError(`--profile is ${profile}; expected real or fast`);
  }
  if (values.host === "") throw new UsageError("--host is empty; expected an address of this machine");
  const brokers = (values.kafka ?? "").split(",").filter((broker) => broker !== "");
  const recordingTopic = values["recording-topic"];
  if (recordingTopic !== undefined && brokers.length === 0) {
    throw new UsageError("--recording-topic needs --kafka BROKERS");
  }
  return {
    port: wholeNumber("--port", values.port, 65_535),
    host: values.host,
    historyPath: values.history,
    settingsPath: settings,
    profile: profile ?? "real",
    scenarioPath: values.scenario,
    kafka: brokers.length === 0 ? undefined : { brokers, topic: values.topic, recordingTopic },
    seed: values.seed === undefined ? undefined : wholeNumber("--seed", values.seed, 4_294_967_295),
    mediaFolder: values.media,
    tls: readTls(values["tls-cert"], values["tls-key"], wholeNumber("--tls-port", values["tls-port"], 65_535)),
  };
}

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "8787" },
        host: { type: "string", default: "127.0.0.1" },
        history: { type: "string" },
        settings: { type: "string" },
        profile: { type: "string" },
        scenario: { type: "string" },
        kafka: { type: "string" },
        topic: { type: "string", default: "rtc.channel-events" },
        "recording-topic": { type: "string" },
        seed: { type: "string" },
        media: { type: "string" },
        "tls-cert": { type: "string" },
        "tls-key": { type: "string" },
        "tls-port": { type: "string", default: "8443" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (err) {
    throw new UsageError(err instanceof Error ? err.message : String(err), { cause: err });
  }
}

function readTls(certPath: string | undefined, keyPath: string | undefined, port: number): CommandLine["tls"] {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath !== undefined && keyPath !== undefined) return { certPath, keyPath, port };
  throw new UsageError(`${certPath === undefined ? "--tls-cert" : "--tls-key"} FILE is missing; HTTPS needs both`);
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw new UsageError(`${name} is ${text}; expected a whole number from 0 to ${String(max)}`);
}
