import type { Mutation } from "./mutation.ts";

const lyingPresence = "test/integration/session-store-lying-presence.test.ts";

/** The faults that the tests on real parts must notice: Redis, Kafka, the simulator or whole services. */
export const partsMutations: readonly Mutation[] = [
  {
    id: 37,
    title: "replayed join of days ago starts, on whole services",
    file: "services/consumer/src/replay-gate.ts",
    find: "  return nowMs - record.timestampMs > freshMs || nowMs - event.atMs > freshMs + clockDifferenceMs;",
    replace: "  return nowMs - Math.max(record.timestampMs, event.atMs) > Infinity;",
    test: "test/integration/replayed-week.test.ts",
  },
  {
    id: 100,
    title: "a rebuild forgets the operators' switches",
    file: "packages/engine/src/rebuild-state.ts",
    find: '    await store.restoreSwitches({ switches: switchesOf(content), author: "rebuild" });\n',
    replace: "",
    test: "test/integration/redis-loss.test.ts",
    testName: "FLUSHALL and SIGKILL of all processes",
  },
  {
    id: 101,
    title: "a recorder whose uid is known is taken for one that moved",
    file: "packages/session-store/lua/apply-presence.lua",
    find: "event.kind == 'joined' and not owner then",
    replace: "event.kind == 'joined' then",
    test: lyingPresence,
    testName: "the coming of a recorder whose uid is known",
  },
  {
    id: 102,
    title: "people stay taken for a recorder that is known by its uid",
    file: "packages/session-store/lua/include/marks.lua",
    find: " or mark.word == 'identified' and entry.kind == 'm' then",
    replace: " then",
    test: lyingPresence,
    testName: "a recorder that is known by its uid frees",
  },
  {
    id: 103,
    title: "a list of users that was refused is taken for an empty one",
    file: "services/watchdog/src/check-presence.ts",
    find: 'if (answer.outcome !== "ok" || !isWhole(answer)) {',
    replace: 'if (answer.outcome === "ok" && !isWhole(answer)) {',
    test: "test/integration/presence-check.test.ts",
    testName: "while Agora refuses to list anybody",
  },
  {
    id: 104,
    title: "silence after a 404 counts as another one",
    file: "packages/domain/src/attempt-table.ts",
    find: '  "query.unknown": {\n    LIVE: query.queryUnknown,\n    CONF: query.queryUnknown,',
    replace: '  "query.unknown": {\n    LIVE: query.suspect,\n    CONF: query.suspect,',
    test: "test/integration/reconciler-surplus.test.ts",
    testName: "silence after a 404 proves nothing",
  },
  {
    id: 106,
    title: "a sid that is told again after a failover is decided on before anybody knows who is there",
    file: "packages/engine/src/recent-sids.ts",
    find: "await store.fact(ref, fact, { withinMs: eventLagMs });",
    replace: "await store.fact(ref, fact, { withinMs: eventLagMs * 0 });",
    test: "test/integration/redis-cluster-failover.test.ts",
    testName: "a node of a cluster dies",
  },
  {
    id: 107,
    title: "the replicas of a node are asked about a write that was made on another",
    file: "packages/session-store/src/keys.ts",
    find: "markerKeys: shards.map(({ shard }) => `${prefix}:written:{${shard}}`),",
    replace: "markerKeys: [`${prefix}:written`],",
    test: "test/integration/redis-cluster-failover.test.ts",
    testName: "a write counts as replicated",
  },
];
