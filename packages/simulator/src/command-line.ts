import { parseArgs } from "node:util";

export interface CommandLine {
  readonly port: number;
  readonly host: string;
  readonly historyPath: string | undefined;
  readonly settingsPath: string;
  readonly kafka: { readonly brokers: readonly string[]; readonly topic: string } | undefined;
  readonly seed: number | undefined;
  readonly mediaFolder: string | undefined;
}

export const usage =
  "usage: simulator --settings FILE [--port 8787] [--host 127.0.0.1] [--history FILE] [--kafka BROKERS --topic rtc.channel-events] [--seed N] [--media FOLDER]";

/** @throws UsageError that names the argument and what was expected. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const values = readArguments(args);
  if (values.settings === undefined) throw new UsageError("--settings FILE is required");
  const brokers = (values.kafka ?? "").split(",").filter((broker) => broker !== "");
  return {
    port: wholeNumber("--port", values.port, 65_535),
    host: values.host,
    historyPath: values.history,
    settingsPath: values.settings,
    kafka: brokers.length === 0 ? undefined : { brokers, topic: values.topic },
    seed: values.seed === undefined ? undefined : wholeNumber("--seed", values.seed, 4_294_967_295),
    mediaFolder: values.media,
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
        kafka: { type: "string" },
        topic: { type: "string", default: "rtc.channel-events" },
        seed: { type: "string" },
        media: { type: "string" },
      },
    }).values;
  } catch (err) {
    throw new UsageError(err instanceof Error ? err.message : String(err), { cause: err });
  }
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw new UsageError(`${name} is ${text}; expected a whole number from 0 to ${String(max)}`);
}
