import type { Clock, Logger } from "@autorec/service-kit";

/** What the last tries at a dependency said; readiness asks it, the log hears of each change once. */
export interface DependencyHealth {
  failed(err: unknown): void;
  works(): void;
  /** In words, why the dependency is unfit now; undefined while it works. */
  problem(): string | undefined;
}

/** A dependency that stays away is mentioned this often. */
const sayEveryMs = 30_000;

export function createDependencyHealth(
  dependency: string,
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
): DependencyHealth {
  let failure: { readonly sinceMs: number; saidMs: number; words: string } | undefined;
  return {
    failed(err) {
      const nowMs = clock.monotonicMs();
      const words = err instanceof Error ? err.message : "unknown failure";
      if (failure !== undefined) failure.words = words;
      failure ??= { sinceMs: nowMs, saidMs: Number.NEGATIVE_INFINITY, words };
      if (nowMs - failure.saidMs < sayEveryMs) return;
      failure.saidMs = nowMs;
      // Full memory and refused credentials do not pass by themselves: a person must look.
      const needsPerson =
        err instanceof Error &&
        "code" in err &&
        err.code !== "REC_REDIS_UNREACHABLE" &&
        err.code !== "REC_KAFKA_UNREACHABLE";
      const fields = { err, dependency, failingMs: Math.round(nowMs - failure.sinceMs) };
      if (needsPerson) log.error(fields, "dependency refuses, events wait");
      else log.warn(fields, "dependency does not answer, events wait");
    },
    works() {
      if (failure === undefined) return;
      const { sinceMs } = failure;
      failure = undefined;
      log.info(
        { dependency, failedMs: Math.round(clock.monotonicMs() - sinceMs) },
        "dependency works again, events go on",
      );
    },
    problem: () => failure?.words,
  };
}
