import type { Mutation } from "./mutation.ts";

const marks = "packages/domain/src/mark-presence.ts";
const want = "packages/domain/src/want.ts";

/** Faults of who is believed to be in a channel, of what a rebuild makes of attempts, and of the operators' switch. */
export const presenceMutations: readonly Mutation[] = [
  {
    id: 33,
    title: "restart loop on stale presence: an end alone makes nobody doubtful",
    file: marks,
    find: "if (idleSaidAtMs === undefined && !livedAlone(attempt, goneAtMs, durations)) return { attempt, effects: [] };",
    replace: "if (idleSaidAtMs !== -1 || !livedAlone(attempt, goneAtMs, durations)) return { attempt, effects: [] };",
    test: "packages/domain/src/lying-presence.test.ts",
  },
  {
    id: 75,
    title: "kill switch ignored",
    file: want,
    find: 'return off("killed");',
    replace: "return byRule;",
    test: "packages/domain/src/control.test.ts",
  },
  {
    id: 76,
    title: "the doubtful are tried at every look",
    file: want,
    find: "const isProbe = doubt.probeSinceMs !== undefined && isProbing(view, doubt.probeSinceMs);",
    replace: "const isProbe = doubt.probeSinceMs !== undefined;",
    test: "packages/domain/src/lying-presence.test.ts",
  },
  {
    id: 80,
    title: "people are taken for a recorder whose new uid is known",
    file: marks,
    find: "if (isMet(draft, attempt, effect.fromMs)) return;",
    replace: "if (isMet(draft, attempt, Infinity)) return;",
    test: "packages/domain/src/moved-recorder.test.ts",
  },
  {
    id: 124,
    title: "a recorder that a stop met at work stays one that idled out",
    file: "packages/domain/src/stop-cells.ts",
    find: "return stopAccepted(told.code === nothingRecorded ? attempt : met, told, context);",
    replace: "return stopAccepted(attempt.endedIdle === true ? attempt : met, told, context);",
    test: "packages/domain/src/lying-presence.test.ts",
    testName: "is none if our own stop met it at work",
  },
  {
    id: 127,
    title: "a recorder that is said to end is taken for one that was at work",
    file: "packages/domain/src/attempt-table.ts",
    find: '    STOPPING: stop.stopAccepted,\n    ...keptIn("CLAIMED", "READY", "CLOSED"),',
    replace: '    STOPPING: stop.ownStopAccepted,\n    ...keptIn("CLAIMED", "READY", "CLOSED"),',
    test: "packages/domain/src/lying-presence.test.ts",
    testName: "stays one after",
  },
  {
    id: 126,
    title:
      "recorders are looked at as seldom around their idle time as ever: who dies by then seems to have been alone",
    file: "packages/domain/src/query-cells.ts",
    find: "[lookBeforeMs, lookAfterMs].filter((atMs) => atMs > sentAtMs)",
    replace: "[lookBeforeMs, lookAfterMs].filter((atMs) => atMs < 0)",
    test: "packages/domain/src/query-cells.test.ts",
  },
  {
    id: 129,
    title: "one that has met media and that nobody looked at counts as one that idled out",
    file: "packages/domain/src/mark-presence.ts",
    find: "const wasSeen = (attempt.lastAliveAtMs ?? 0) >= lookBeforeMs && !isMissed;",
    replace: "const wasSeen = true;",
    test: "packages/domain/src/lying-presence.test.ts",
  },
  {
    id: 112,
    title: "a ghost of before the loss is closed as soon as the state is rebuilt",
    file: "packages/domain/src/rebuild-record.ts",
    find: "Math.max(attempt.resourceDeadAtMs ?? 0, nowMs)",
    replace: "attempt.resourceDeadAtMs ?? 0",
    test: "packages/domain/src/rebuild-record.test.ts",
  },
];
