import type { Mutation } from "./mutation.ts";

const file = "packages/domain/src/lifecycle-facts.ts";
const test = "packages/domain/src/lifecycle-facts.test.ts";

/** Faults that make the ledger say something else than what happened (I6). */
export const ledgerMutations: readonly Mutation[] = [
  {
    id: 90,
    title: "the loss of a recorder is not told: a gap is hidden",
    file,
    find: "if ((isLost && !goesOnRecording(attempt)) || givesWay)",
    replace: "if (givesWay)",
    test,
  },
  {
    id: 91,
    title: "a recorder that hands over as planned is told as lost: a gap is invented",
    file,
    find: "if ((isLost && !goesOnRecording(attempt)) || givesWay)",
    replace: "if (isLost || givesWay)",
    test,
  },
  {
    id: 92,
    title: "a gap after a start of unknown outcome is told with the cause of a death",
    file,
    find: 'return "ambiguous_start";',
    replace: 'return "recorder_exit";',
    test,
  },
  {
    id: 93,
    title: "a recorder is told as closed when its stop is only ordered",
    file,
    find: 'return ["attempt.stopping"];',
    replace: 'return ["attempt.stopping", "attempt.closed"];',
    test,
  },
];
