import { usageError } from "./cli-error.ts";

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A moment as people write it: `30m`, `2h` from now, or an ISO time with its zone. @throws CliError 2 */
export function parseUntil(word: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(word) ?? [];
  const isZoned = /T.*(?:Z|[+-]\d\d:\d\d)$/.test(word);
  const untilMs = isUnit(unit) ? nowMs + Number(count) * unitMs[unit] : isZoned ? Date.parse(word) : Number.NaN;
  if (!Number.isFinite(untilMs))
    throw usageError(`--until ${word}: expected a length like 30m, 2h, 1d, or a time like 2026-01-31T18:00:00Z`);
  if (untilMs <= nowMs) throw usageError(`--until ${word}: that is over already`);
  return untilMs;
}

function isUnit(word: string | undefined): word is keyof typeof unitMs {
  return word !== undefined && word in unitMs;
}
