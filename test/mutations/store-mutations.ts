import type { Mutation } from "./mutation.ts";

const commit = "packages/session-store/lua/commit.lua";
const claim = "packages/session-store/lua/claim.lua";
const applyPresence = "packages/session-store/lua/apply-presence.lua";
const leases = "test/integration/session-store-leases.test.ts";
const presence = "test/integration/session-store-presence.test.ts";

/** The faults that the tests of the scripts on a real Redis must notice. */
export const storeMutations: readonly Mutation[] = [
  {
    id: 19,
    title: "commit without rev compare",
    file: commit,
    find: "if redis.call('HGET', channel, 'rev') ~= expectedRev then",
    replace: "if false then",
    test: leases,
    testName: "decided on an old revision",
  },
  {
    id: 20,
    title: "commit accepted after lease end, token unchanged",
    file: commit,
    find: "local holder, untilMs = liveLease(channel)",
    replace: "local holder, untilMs = redis.call('HGET', channel, 'lease.token'), nowMs",
    test: leases,
    testName: "after the end of its lease is lost",
  },
  {
    id: 21,
    title: "any living lease commits, whatever its token",
    file: commit,
    find: "if holder ~= token then",
    replace: "if not holder then",
    test: leases,
    testName: "regressed fence",
  },
  {
    id: 25,
    title: "due and presence written by two scripts",
    file: applyPresence,
    find: "  if changed then\n    makeDueNow(due, member)\n  elseif",
    replace: "  if changed then\n    changed = true\n  elseif",
    also: [
      {
        file: "packages/session-store/src/presence-store.ts",
        find: "  const last = await run(pieces.at(-1) ?? [], true);\n",
        replace: `  const last = await run(pieces.at(-1) ?? [], true);
  if (last.changed) await context.call("zadd", (client) => client.zadd(keys.due, "LT", last.nowMs, keys.member));
`,
      },
    ],
    test: presence,
    testName: "presence and due change in one script",
  },
  {
    id: 26,
    title: "due cleared before the decision commits",
    file: claim,
    find: "redis.call('ZADD', due, dueAfterLease(untilMs), member)",
    replace: "redis.call('ZREM', due, member)",
    test: leases,
    testName: "a due time outlives the death of its holder",
  },
  {
    id: 27,
    title: "claims before the shard is ready",
    file: claim,
    find: "if redis.call('EXISTS', ready) == 0 then",
    replace: "if false then",
    test: leases,
    testName: "nothing is claimed before the shard is ready",
  },
  {
    id: 47,
    title: "a rebuild replaces a record that a decision has stored",
    file: "packages/session-store/lua/rebuild-channel.lua",
    find: "if redis.call('HEXISTS', channel, 'schemaVersion') == 1 then",
    replace: "if false then",
    test: "test/integration/session-store-rebuild.test.ts",
    testName: "never replaced",
  },
  {
    id: 48,
    title: "a process that has lost its right opens the shard",
    file: "packages/session-store/lua/rebuild-finish.lua",
    find: "if redis.call('GET', rebuild) ~= ARGV[1] then",
    replace: "if false then",
    test: "test/integration/session-store-rebuild.test.ts",
    testName: "goes to the next process",
  },
  {
    id: 31,
    title: "newUid counted as participant: its uid is not taken out of presence",
    file: "packages/session-store/src/record-changes.ts",
    find: "return [attempt.uid, ...attempt.knownUids];",
    replace: "return [attempt.uid];",
    test: presence,
    testName: "a uid that a commit names as a recorder",
  },
  {
    id: 32,
    title: "leave reason 5 removes the user",
    file: applyPresence,
    find: "elseif kind == 'left' and reason == '5' then",
    replace: "elseif false then",
    test: presence,
    testName: "reason 5",
  },
  {
    id: 33,
    title: "restart loop on stale presence: the doubtful keep a channel occupied",
    file: "packages/session-store/lua/include/presence.lua",
    find: "peopleKinds, doubtfulKinds, maybeKinds = { n = 1, p = 1 }",
    replace: "peopleKinds, doubtfulKinds, maybeKinds = { n = 1, p = 1, d = 1 }",
    test: "test/integration/session-store-lying-presence.test.ts",
    testName: "a mark makes those doubtful",
  },
  {
    id: 45,
    title: "no class is owed a place: a storm of starts starves the others",
    file: "packages/session-store/lua/take-request.lua",
    find: "local isOwed = owedPercent > 0\n",
    replace: "local isOwed = owedPercent > 100\n",
    test: "test/integration/session-store-budget.test.ts",
    testName: "no storm of starts starves",
  },
  {
    id: 35,
    title: "a reservation ends while its recorder is a ghost",
    file: "packages/domain/src/worker-hold.ts",
    find: '    case "GHOST":\n    case "STOPPING":\n      return durations.quotaHoldMs;\n',
    replace: '    case "STOPPING":\n      return durations.quotaHoldMs;\n    case "GHOST":\n      return 0;\n',
    test: "packages/domain/src/worker-hold.test.ts",
  },
  {
    id: 35,
    title: "a reservation is not ended with its attempt",
    file: "packages/session-store/lua/hold-workers.lua",
    find: "redis.call('ZREM', workers, attempt)",
    replace: "redis.call('ZSCORE', workers, attempt)",
    test: "test/integration/session-store-workers.test.ts",
    testName: "its end frees it",
  },
];
