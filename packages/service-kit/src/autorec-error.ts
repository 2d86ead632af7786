/** Every code that a service itself raises; those of other packages travel on their own error classes. */
export const errorCodes = [
  "REC_KAFKA_UNREACHABLE",
  "REC_KAFKA_AUTH",
  "REC_KAFKA_FORBIDDEN",
  "REC_KAFKA_TOO_LARGE",
  "REC_KAFKA_REFUSED",
  "REC_REDIS_UNREACHABLE",
  "REC_HTTP_PORT",
  "REC_STATE_LOST",
  "REC_SHARDS_DIFFER",
  "REC_APP_GONE",
  "REC_BUG",
] as const;
/** One of `errorCodes`. */
export type ErrorCode = (typeof errorCodes)[number];

/** Ids and figures that help to find the cause; never a secret. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | undefined>>;

/** What an error says about itself besides its message. */
export interface AutorecErrorOptions {
  readonly code: ErrorCode;
  /** `retry`: the same thing may succeed later without a person. */
  readonly retry: "retry" | "terminal";
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** The base of every error that services raise: the class says whether to retry, not the place that catches it. */
export class AutorecError extends Error {
  readonly code: ErrorCode;
  readonly retry: "retry" | "terminal";
  readonly context: ErrorContext;

  constructor(message: string, options: AutorecErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.retry = options.retry;
    this.context = options.context ?? {};
  }
}
