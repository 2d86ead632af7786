import { inRequests, toDeadLetter, valueBytesKept } from "./dead-letter.ts";
import type { DeadLetter } from "./dead-letter.ts";
import type { DependencyHealth } from "./dependency-health.ts";
import { keepTrying } from "./keep-trying.ts";
import type { Clock } from "@autorec/service-kit";
import type { DeadRecord } from "./sort-records.ts";

/** Where dead letters go, and who hears of each. */
export interface BuryDeps {
  /** Resolves when every replica of the dead-letter topic has the letters. */
  readonly sendDeadLetters: (letters: readonly DeadLetter[]) => Promise<void>;
  readonly kafkaHealth: DependencyHealth;
  readonly clock: Clock;
  readonly observer: { deadLettered(dead: DeadRecord): void };
}

/** Produces the dead letters; false when the process wants to stop before they are safe. */
export async function bury(dead: readonly DeadRecord[], deps: BuryDeps, signal: AbortSignal): Promise<boolean> {
  for (const records of inRequests(dead)) {
    if (!(await buryTogether(records, deps, signal))) return false;
    for (const record of records) deps.observer.deadLettered(record);
  }
  return true;
}

/** One request; the topic's own limit may be below Kafka's default, then less and less of the values is kept. */
async function buryTogether(dead: readonly DeadRecord[], deps: BuryDeps, signal: AbortSignal): Promise<boolean> {
  for (const bytesMax of valueBytesKept) {
    const letters = dead.map((record) => toDeadLetter(record, bytesMax));
    const tried = await keepTrying(() => deps.sendDeadLetters(letters), {
      signal,
      clock: deps.clock,
      health: deps.kafkaHealth,
      isFinal: (err) => Promise.resolve(bytesMax > 0 && isTooLarge(err)),
    });
    if (tried.kind !== "refused") return tried.kind === "done";
  }
  return false;
}

function isTooLarge(err: unknown): boolean {
  return err instanceof Error && "code" in err && err.code === "REC_KAFKA_TOO_LARGE";
}
