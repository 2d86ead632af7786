import { AutorecError } from "./autorec-error.ts";
import type { Clock } from "./clock.ts";
import { maskText } from "./mask-text.ts";
import type { Logger } from "./logger.ts";
import { untrustedCertificate } from "./untrusted-certificate.ts";

/** How long to wait, and the code of the error when that was in vain. */
export interface WaitOptions {
  readonly code: "REC_KAFKA_UNREACHABLE" | "REC_REDIS_UNREACHABLE";
  readonly limitMs: number;
  readonly log: Logger;
  readonly clock: Clock;
  /** Ends the wait early, with the same error. */
  readonly signal?: AbortSignal;
}

const checkMsMax = 5_000;
const pauseMs = 500;
const sayEveryMs = 5_000;

/**
 * Waits at start until the check passes and says so every few seconds; errors that say `retry: "terminal"` are thrown at once.
 * @throws AutorecError with the given code (exit 5) when the limit has passed; its cause is the last failure.
 */
export async function waitForDependency(
  name: string,
  check: () => Promise<unknown>,
  options: WaitOptions,
): Promise<void> {
  const { clock, limitMs, log, signal } = options;
  const startedMs = clock.monotonicMs();
  let saidMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const failure = await failureOf(check, clock);
    const waitedMs = Math.round(clock.monotonicMs() - startedMs);
    if (failure === undefined) {
      if (Number.isFinite(saidMs)) log.info({ dependency: name, waitedMs }, "dependency answers");
      return;
    }
    if (isTerminal(failure.error)) throw failure.error;
    const reason = reasonOf(failure.error, options.code);
    if (waitedMs + pauseMs > limitMs || signal?.aborted === true) {
      throw new AutorecError(
        `${name} did not answer within ${limitMs} ms: ${reason}; start it, or correct how the environment says it is reached`,
        {
          code: options.code,
          retry: "retry",
          context: { dependency: name, waitedMs, limitMs },
          cause: failure.error,
        },
      );
    }
    if (clock.monotonicMs() - saidMs >= sayEveryMs) {
      saidMs = clock.monotonicMs();
      log.warn({ dependency: name, waitedMs, limitMs, reason }, "waiting for dependency");
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** Kafka's errors name their settings themselves; Redis's client passes on what Node says of a certificate. */
function reasonOf(error: unknown, code: WaitOptions["code"]): string {
  if (!(error instanceof Error)) return "unknown";
  const cause = "code" in error && typeof error.code === "string" ? error.code : "";
  const remedy = code === "REC_REDIS_UNREACHABLE" && untrustedCertificate.test(cause);
  return `${maskText(error.message)}${remedy ? "; REDIS_TLS_CA_FILE names the certificates to trust" : ""}`;
}

/** A check that hangs counts as failed; what it still does is its own affair. */
async function failureOf(
  check: () => Promise<unknown>,
  clock: Clock,
): Promise<{ readonly error: unknown } | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([
      check().then(() => undefined),
      clock.sleep(checkMsMax, over.signal).then(() => ({ error: new Error(`no answer within ${checkMsMax} ms`) })),
    ]);
  } catch (error) {
    return { error };
  } finally {
    over.abort();
  }
}

/** Told by shape, so that errors of packages that cannot import this one count too: a wrong password does not pass. */
function isTerminal(error: unknown): boolean {
  return error instanceof Error && "retry" in error && error.retry === "terminal";
}
