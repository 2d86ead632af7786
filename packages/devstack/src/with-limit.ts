import { setTimeout as sleep } from "node:timers/promises";
import { DevstackError } from "./devstack-error.ts";

/** Answers as `work` does, or rejects after `limitMs`; its timer keeps the process alive meanwhile. */
export async function withLimit<T>(work: Promise<T>, limitMs: number, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new DevstackError(`${what} took longer than ${limitMs} ms`));
  }, limitMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Answers as `work` does, or rejects with the signal's reason once that is aborted; `work` goes on, unheard. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const callOff = (): void => {
    reject(signal.reason);
  };
  if (signal.aborted) callOff();
  signal.addEventListener("abort", callOff, { once: true });
  try {
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener("abort", callOff);
  }
}

/** How long an answer is waited for. */
export interface Patience {
  readonly limitMs: number;
  /** Whose answer; begins the sentence of the error. */
  readonly what: string;
  /** Ends the waiting early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls `probe` until it answers without throwing. A DevstackError is final and passes through; any other failure is
 * tried again until `limitMs` have passed.
 */
export async function untilAnswers<T>(probe: () => Promise<T>, patience: Patience): Promise<T> {
  const { limitMs, what, signal } = patience;
  const startedAtMs = Date.now();
  for (;;) {
    try {
      return await unlessAborted(probe(), signal);
    } catch (err) {
      signal?.throwIfAborted();
      if (err instanceof DevstackError) throw err;
      if (Date.now() - startedAtMs > limitMs) {
        throw new DevstackError(`${what} did not answer within ${limitMs} ms`, { cause: err });
      }
      await sleep(probeEveryMs, undefined, { signal });
    }
  }
}

const probeEveryMs = 100;
