import type { Clock } from "@autorec/service-kit";
import type { DependencyHealth } from "./dependency-health.ts";

/** First and longest wait between tries; five seconds after the dependency is back, at the latest, the batch goes on. */
const backoffMsFirst = 100;
const backoffMsMax = 5_000;

export type Tried<T> =
  /** `tries` > 1: an earlier one may have taken effect too, and its answer was lost. */
  | { readonly kind: "done"; readonly value: T; readonly tries: number }
  /** Repetition will not cure it, said the caller. */
  | { readonly kind: "refused"; readonly error: unknown }
  /** The process wants to stop and the last try failed; the work may or may not have taken effect and has to be repeated by somebody. */
  | { readonly kind: "abandoned" };

export interface KeepTryingOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly health: DependencyHealth;
  /** Whether a failure belongs to this piece of work alone, so that going on with the next one is right; never rejects. */
  readonly isFinal: (err: unknown, tries: number) => Promise<boolean>;
}

/**
 * Repeats idempotent work until it succeeds, for as long as the process wants to go on: a dependency that is away, full or
 * locked delays an event, it never loses one.
 */
export async function keepTrying<T>(work: () => Promise<T>, options: KeepTryingOptions): Promise<Tried<T>> {
  const { signal, clock, health } = options;
  let backoffMs = backoffMsFirst;
  for (let tries = 1; ; tries += 1) {
    try {
      const value = await work();
      health.works();
      return { kind: "done", value, tries };
    } catch (err) {
      if (await options.isFinal(err, tries)) return { kind: "refused", error: err };
      health.failed(err);
    }
    // Asked after a failure only: a process that stops still finishes what its dependencies let it finish.
    if (signal.aborted) return { kind: "abandoned" };
    await clock.sleep(backoffMs, signal);
    backoffMs = Math.min(backoffMs * 2, backoffMsMax);
  }
}
