import type { Mutation } from "./mutation.ts";

/** The faults that the tests of the consumer and of the watchdog must notice. */
export const consumerMutations: readonly Mutation[] = [
  {
    id: 29,
    title: "adopt by a reused uid: an event of days ago names a sid for today's ghost",
    file: "services/consumer/src/apply-hints.ts",
    find: "const isRecent = hint.sentAtMs >= (attempt.acquireSentAtMs ?? Infinity) - clockToleranceMs;",
    replace: "const isRecent = hint.sentAtMs > 0;",
    test: "test/integration/consumer-hints.test.ts",
    testName: "names no sid for a ghost",
  },
  {
    id: 37,
    title: "replayed join of days ago starts",
    file: "services/consumer/src/replay-gate.ts",
    find: "  return nowMs - record.timestampMs > freshMs ||",
    replace: "  return nowMs < 0 && nowMs - record.timestampMs > freshMs ||",
    test: "services/consumer/src/replay-gate.test.ts",
  },
  {
    id: 37,
    title: "the hold of a replayed join never reaches the store",
    file: "services/consumer/src/sort-records.ts",
    find: "    group.hold ||= old;\n",
    replace: "",
    test: "test/integration/consumer-replay-gate.test.ts",
    testName: "start nothing, however far apart",
  },
  {
    id: 40,
    title: "reserved-range uid of another deployment counted as a person",
    file: "services/consumer/src/presence-event.ts",
    find: "bot: reserved || isBotClientType(event.clientType),",
    replace: "bot: isBotClientType(event.clientType),",
    test: "services/consumer/src/sort-records.test.ts",
  },
  {
    id: 70,
    title: "offsets committed although a part of the batch is not in Redis",
    file: "services/consumer/src/apply-batch.ts",
    find: 'if (abandoned.length > 0) return { kind: "abandoned" };',
    replace: 'if (abandoned.length < 0) return { kind: "abandoned" };',
    test: "services/consumer/src/apply-batch.test.ts",
  },
  {
    id: 77,
    title: "the janitor of the ledger keeps workers of attempts that are gone",
    file: "services/watchdog/src/keep-workers.ts",
    find: "holdMs: attempt === undefined ? 0 :",
    replace: "holdMs: attempt === undefined ? durations.quotaHoldMs :",
    test: "services/watchdog/src/keep-workers.test.ts",
  },
];
