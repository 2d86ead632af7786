import { live } from "./live.ts";
import type { Life, LiveOptions } from "./live.ts";

/** More runs than this say little more, and a seed takes up to a second. */
const runsMax = 400;

/** The faults that a failing seed cannot do without: all others are taken out, as long as it still fails. */
export async function shrink(
  seed: number,
  options: Pick<LiveOptions, "failovers" | "scarce"> = {},
): Promise<{ readonly life: Life; readonly masked: ReadonlySet<string>; readonly runs: number }> {
  let life = await live({ ...options, seed });
  let masked: ReadonlySet<string> = new Set();
  let runs = 1;
  for (let size = Math.ceil(life.struck.length / 2); size >= 1 && runs < runsMax;) {
    let isSmaller = false;
    for (let start = 0; start < life.struck.length && runs < runsMax;) {
      const tried = new Set([...masked, ...life.struck.slice(start, start + size)]);
      const other = await live({ ...options, seed, masked: tried });
      runs += 1;
      if (other.violations.length > 0) {
        // What follows a fault that is gone may be another world: its faults are those of the new run.
        [life, masked, isSmaller] = [other, tried, true];
      } else start += size;
    }
    if (size === 1 && !isSmaller) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return { life, masked, runs };
}
