import { expect } from "vitest";
import { intakeProblems } from "../support/count-intake.ts";
import { judgementProblems } from "../support/judged-stack.ts";
import type { LivedThrough } from "./live-through.ts";

/** What a page promises about a fault. */
export interface Promised {
  /** From the end of the fault until every occupied channel is recorded. */
  readonly recoveryMsMax: number;
  /** From the end of the fault until the recorder of a channel that emptied meanwhile is gone. */
  readonly stopMsMax: number;
  /** Starts that nobody needed, but that autorec could not know to be needless. Default: none. */
  readonly needlessStartsMax?: number;
}

/**
 * Every bound of the judge holds, every record was taken, no recorder was started needlessly, and what was broken is
 * whole again in the promised time.
 */
export function expectRecovery(lived: LivedThrough, promised: Promised): void {
  const { judgement, intake, recoveryMs, stopMs, needlessStarts } = lived;
  expect([...judgementProblems(judgement), ...intakeProblems(intake)]).toEqual([]);
  expect(judgement).toMatchObject({ uidClashes: 0, overlapsUnexplained: 0, leftBehind: 0 });
  expect(needlessStarts, "needless starts").toBeLessThanOrEqual(promised.needlessStartsMax ?? 0);
  const gaps = judgement.gaps.map(
    ({ channelName, ms, cause, bound }) => `${channelName} ${String(ms)} ms ${cause}: ${bound}`,
  );
  expect(recoveryMs, `recovery, ms; gaps:\n${gaps.join("\n")}`).toBeLessThanOrEqual(promised.recoveryMsMax);
  expect(stopMs, "stop, ms").toBeLessThanOrEqual(promised.stopMsMax);
}
