import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";
import pretty from "pino-pretty";
import { describeError } from "./describe-error.ts";
import { maskFields } from "./mask-text.ts";
import type { LogLevel } from "./process-env.ts";
import { maskSecret } from "./words/secret.ts";

export type { Logger } from "pino";

/** Who logs, from which level on, and where to. */
export interface LoggerOptions {
  readonly service: string;
  readonly instanceId: string;
  readonly version: string;
  readonly level: LogLevel;
  /** Where lines go; standard output when absent. */
  readonly stream?: DestinationStream;
  /** For people instead of machines; when absent: whether standard output is a terminal. */
  readonly pretty?: boolean;
}

/** A process's log and the two things that its composition root does with it. */
export interface ServiceLog {
  readonly log: Logger;
  /** From now on none of these values appears in any line, in whatever text it is hidden. */
  readonly hide: (secrets: Iterable<{ reveal(): string }>) => void;
  /** Everything logged so far has reached the stream. */
  readonly flush: () => void;
}

/** Shorter secrets would blank out ordinary words; their fields are masked by name all the same. */
const hiddenLengthMin = 6;

/**
 * JSON lines (on a terminal: readable ones) with service, instance and version on each. Secrets are kept out three times:
 * by field name, by type, and by value for all that `hide` was told. Lines are written at once, so a crash loses none.
 */
export function createLogger(options: LoggerOptions): ServiceLog {
  const hidden = new Map<string, string>();
  const stream =
    options.stream ??
    ((options.pretty ?? process.stdout.isTTY) ? outputForPeople() : destination({ fd: 1, sync: true }));
  const log = pino(
    {
      level: options.level,
      base: { service: options.service, instanceId: options.instanceId, version: options.version },
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: maskExceptErr,
      },
      serializers: { err: (error: unknown) => (error instanceof Error ? describeError(error) : error) },
      hooks: { streamWrite: (line) => withoutSecrets(line, hidden) },
    },
    stream,
  );
  const pinoChild: (...args: never[]) => unknown = Reflect.get(log, "child");
  // pino applies no formatter to the bindings of a child, and children inherit this method.
  Object.defineProperty(log, "child", {
    value: function maskedChild(this: Logger, bindings: object, ...rest: readonly unknown[]): unknown {
      return Reflect.apply(pinoChild, this, [maskExceptErr(bindings), ...rest]);
    },
  });
  return {
    log,
    hide: (secrets) => {
      for (const secret of secrets) {
        const value = secret.reveal();
        if (value.length < hiddenLengthMin) continue;
        hidden.set(value, maskSecret(value));
        hidden.set(JSON.stringify(value).slice(1, -1), maskSecret(value));
      }
    },
    flush: () => {
      log.flush();
    },
  };
}

function outputForPeople(): DestinationStream {
  return pretty({
    sync: true,
    destination: 1,
    ignore: "pid,hostname,service,instanceId,version",
    translateTime: "HH:MM:ss.l",
  });
}

/** `err` stays whole for its serializer, which takes out what must not be seen. */
function maskExceptErr(fields: object): Record<string, unknown> {
  const masked = maskFields(fields);
  return "err" in fields && fields.err instanceof Error ? { ...masked, err: fields.err } : masked;
}

function withoutSecrets(line: string, hidden: ReadonlyMap<string, string>): string {
  let clean = line;
  for (const [value, shown] of hidden) if (clean.includes(value)) clean = clean.replaceAll(value, shown);
  return clean;
}
