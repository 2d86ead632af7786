import { expect } from "vitest";
import { intakeProblems } from "../support/count-intake.ts";
import { judgementProblems } from "../support/judged-stack.ts";
import type { Promised } from "./bounds.ts";
import type { LivedThrough } from "./live-through.ts";

/**
 * Every bound of the judge holds, every record was taken, no recorder was started needlessly, and what was broken is
 * whole again in the promised time.
 */
export function expectRecovery(lived: LivedThrough, promised: Promised): void {
  const { judgement, intake, recoveryMs, stopMs, needlessStarts } = lived;
  expect([...judgementProblems(judgement), ...intakeProblems(intake)]).toEqual([]);
  expect(judgement).toMatchObject({ uidClashes: 0, overlapsUnexplained: 0, leftBehind: 0 });
  expect(needlessStarts, "needless starts").toBeLessThanOrEqual(promised.needlessStartsMax);
  const gaps = judgement.gaps.map(
    ({ channelName, ms, cause, bound }) => `${channelName} ${String(ms)} ms ${cause}: ${bound}`,
  );
  expect(recoveryMs, `recovery, ms; gaps:\n${gaps.join("\n")}`).toBeLessThanOrEqual(promised.recoveryMsMax);
  expect(stopMs, "stop, ms").toBeLessThanOrEqual(promised.stopMsMax);
}
