import type { StepContext, Told } from "./attempt-step.ts";
import type { Attempt } from "./channel-record.ts";

/** Counts a 404 only if it was sent a whole migration after the one counted before it. */
export function count404(attempt: Attempt, told: Told, context: StepContext): Attempt {
  if (attempt.n404 === 0) {
    return { ...attempt, n404: 1, first404AtMs: told.answeredAtMs, last404AtMs: told.answeredAtMs };
  }
  const spaced = told.sentAtMs - (attempt.last404AtMs ?? told.sentAtMs) >= context.durations.spacing404Ms;
  return spaced ? { ...attempt, n404: attempt.n404 + 1, last404AtMs: told.answeredAtMs } : attempt;
}

/** Whether so many have counted that nothing answers to that sid any more: a recorder survives three migrations, never four. */
export function isGone(attempt: Attempt): boolean {
  return attempt.n404 > maxMigrations;
}

/** Agora gives a recording up after this many migrations. */
const maxMigrations = 3;

/** Without the 404s that were counted: they were about another sid or another time. */
export function uncounted(attempt: Attempt): Attempt {
  const { first404AtMs: _, last404AtMs: __, ...rest } = attempt;
  return { ...rest, n404: 0 };
}
