import type { Mutation } from "./mutation.ts";

const limits = "packages/domain/src/restart-limits.ts";
const rotation = "packages/domain/src/rotation.ts";
const rules = "packages/domain/src/slot-rules.ts";
const limitsTest = "packages/domain/src/restart-limits.test.ts";
const rotationTest = "packages/domain/src/rotation.test.ts";

/** Faults of rotation, of the second recorder and of the restart limit; beyond 42 they are our own. */
export const slotMutations: readonly Mutation[] = [
  {
    id: 16,
    title: "rotation stops first",
    file: rotation,
    find: "isTime ? { ...planned, rotating: true } : planned",
    replace: 'isTime ? { ...planned, rotating: true, st: "STOPPING" as const, dueAtMs: nowMs } : planned',
    test: rotationTest,
  },
  {
    id: 60,
    title: "a planned rotation raises the storm guard",
    file: rules,
    find: " || isPlanned(responsible);",
    replace: " || (isPlanned(responsible) && false);",
    test: rotationTest,
  },
  {
    id: 61,
    title: "processes with different rules rotate a recorder in turns",
    file: rotation,
    find: "attempt.ruleHash === rule.hash || otherRulesAlive",
    replace: "attempt.ruleHash === rule.hash || (otherRulesAlive && false)",
    test: rotationTest,
  },
  {
    id: 62,
    title: "a rotating recorder that is back takes over from its successor",
    file: "packages/domain/src/apply-effect.ts",
    find: ' && responsible?.st !== "CONF" && !attempt.rotating;',
    replace: ' && responsible?.st !== "CONF";',
    test: rotationTest,
  },
  {
    id: 63,
    title: "recorders that die early are started for ever",
    file: limits,
    find: "else if (earlyDeaths >= earlyDeathsMax)",
    replace: "else if (earlyDeaths >= Infinity)",
    test: limitsTest,
  },
  {
    id: 64,
    title: "a slot that is blocked for a loop is never tried again",
    file: limits,
    find: "nowMs + stepMs(durations.crashLoopRetryMs, loopBlocks)",
    replace: "nowMs + 1e12 * stepMs(durations.crashLoopRetryMs, loopBlocks)",
    test: limitsTest,
  },
  {
    id: 65,
    title: "the second recorder is not kept apart from the first",
    file: "packages/domain/src/due-calls.ts",
    find: "...(excludeResourceIds.length === 0 ? {} : { excludeResourceIds })",
    replace: "...(excludeResourceIds.length >= 0 ? {} : { excludeResourceIds })",
    test: limitsTest,
  },
  {
    id: 66,
    title: "a rule for one recorder instead of two stops the second before the first is confirmed",
    file: rules,
    find: 'if (!isRecording(attempt)) put(draft, ended(draft, attempt, "not_wanted"));',
    replace: 'put(draft, ended(draft, attempt, "not_wanted"));',
    test: limitsTest,
  },
  {
    id: 81,
    title: "a rotation that finds no worker runs into the end of the old recorder",
    file: rules,
    find: "put(draft, stopping(attempt, nowMs, gaveWay));",
    replace: "put(draft, attempt);",
    test: rotationTest,
  },
  {
    id: 113,
    title: "the candidate of a ghost is dropped by a single 404",
    file: "packages/domain/src/query-cells.ts",
    find: "return isGone(counted) ? rejectCandidate(",
    replace: "return counted.n404 > 0 ? rejectCandidate(",
    test: "packages/domain/src/query-cells.test.ts",
  },
];
