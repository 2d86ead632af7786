import { maskText, maskValue } from "./mask-text.ts";

/** An error as it is logged: named fields only, so that whatever else a library hung on it stays out. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly retry?: string;
  readonly context?: unknown;
  readonly cause?: LoggedError;
}

const causesMax = 5;

/** Total over everything that can be thrown; passwords in URLs and authorization headers are masked. */
export function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error))
    return { type: typeof error, message: maskText(typeof error === "string" ? error : "not an error") };
  const code =
    "code" in error && (typeof error.code === "string" || typeof error.code === "number") ? error.code : undefined;
  const retry = "retry" in error && typeof error.retry === "string" ? error.retry : undefined;
  return {
    type: error.name,
    message: maskText(error.message),
    ...(error.stack === undefined ? {} : { stack: maskText(error.stack) }),
    ...(code === undefined ? {} : { code }),
    ...(retry === undefined ? {} : { retry }),
    ...("context" in error ? { context: maskValue(error.context) } : {}),
    ...(error.cause === undefined || depth >= causesMax ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}
