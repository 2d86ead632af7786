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

/**
 * Calls `probe` until it answers without throwing. A DevstackError is final and passes through; any other failure is
 * tried again until `limitMs` have passed.
 */
export async function untilAnswers<T>(probe: () => Promise<T>, limitMs: number, what: string): Promise<T> {
  const startedAtMs = Date.now();
  for (;;) {
    try {
      return await probe();
    } catch (err) {
      if (err instanceof DevstackError) throw err;
      if (Date.now() - startedAtMs > limitMs) {
        throw new DevstackError(`${what} did not answer within ${limitMs} ms`, { cause: err });
      }
      await sleep(probeEveryMs);
    }
  }
}

const probeEveryMs = 100;
