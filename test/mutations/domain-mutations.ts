import type { Mutation } from "./mutation.ts";

const starts = "packages/domain/src/start-cells.ts";
const queries = "packages/domain/src/query-cells.ts";
const counting = "packages/domain/src/count-404.ts";
const table = "packages/domain/src/attempt-table.ts";
const rules = "packages/domain/src/slot-rules.ts";
const decide = "packages/domain/src/decide.ts";

/** The faults that the unit tests of domain must notice. */
export const domainMutations: readonly Mutation[] = [
  {
    id: 2,
    title: "READY closed when want goes off",
    file: "packages/domain/src/attempt-moves.ts",
    find: "return attempt.startSends === 0 ? closed(attempt, nowMs, cause) : doubted(attempt, nowMs, cause);",
    replace: "return closed(attempt, nowMs, cause);",
    test: "packages/domain/src/slot-rules.test.ts",
  },
  {
    id: 3,
    title: "DOUBT closed when retries are spent",
    file: starts,
    find: 'return step(givenUp(next, context.nowMs, "start_retries_spent"), ...unforeseen(told));',
    replace: 'return step(closed(next, context.nowMs, "start_retries_spent"), ...unforeseen(told));',
    test: "packages/domain/src/start-cells.test.ts",
  },
  {
    id: 4,
    title: "new resourceId stored in the same attempt",
    file: table,
    find: '"acquire.ok": { ...never, CLAIMED: start.acquireOk },',
    replace: '"acquire.ok": { ...never, CLAIMED: start.acquireOk, READY: start.acquireOk },',
    test: "packages/domain/src/start-cells.test.ts",
  },
  {
    id: 5,
    title: "stop 404 = stopped",
    file: table,
    find: '"stop.notFound": { ...never, STOPPING: stop.countedOut },',
    replace:
      '"stop.notFound": { ...never, STOPPING: (a, t, c) => stop.goneAfterStop({ ...a, stopAckAtMs: c.nowMs }, t, c) },',
    test: "packages/domain/src/count-404.test.ts",
  },
  {
    id: 6,
    title: "two 404s 90 s apart = dead, row closed",
    file: rules,
    find: 'put(draft, stopping(attempt, draft.context.nowMs, "not_found"));',
    replace: 'put(draft, closed(attempt, draft.context.nowMs, "not_found"));',
    test: "packages/domain/src/slot-rules.test.ts",
  },
  {
    id: 7,
    title: "404 counted by arrival time",
    file: counting,
    find: "const spaced = told.sentAtMs - (attempt.last404AtMs ?? told.sentAtMs)",
    replace: "const spaced = told.answeredAtMs - (attempt.last404AtMs ?? told.sentAtMs)",
    test: "packages/domain/src/count-404.test.ts",
  },
  {
    id: 8,
    title: "one 404 closes",
    file: queries,
    find: "  const counted = count404(attempt, told, context);\n  const tries = attempt.n404 === 0 ? 0 : attempt.tries;",
    replace:
      '  const counted = { ...count404(attempt, told, context), st: "CLOSED" as const, closedAtMs: context.nowMs };\n  const tries = attempt.n404 === 0 ? 0 : attempt.tries;',
    test: "packages/domain/src/query-cells.test.ts",
  },
  {
    id: 9,
    title: "lost recorder closed instead of reaped",
    file: queries,
    find: 'step(stopping(attempt, context.nowMs, "recorder_exited_abnormally"));',
    replace: 'step({ ...attempt, st: "CLOSED" as const, closedAtMs: context.nowMs });',
    test: "packages/domain/src/slot-rules.test.ts",
  },
  {
    id: 10,
    title: "STOPPING revoked on rejoin",
    file: rules,
    find: 'const chosen = fit.find((attempt) => attempt.st === "CONF") ?? fit[0];',
    replace:
      'const revoked = slotAttempts(draft, slot).find((a) => a.st === "STOPPING");\n  const chosen = fit[0] ?? (revoked === undefined ? undefined : { ...revoked, st: "CONF" as const });',
    test: "packages/domain/src/want.test.ts",
  },
  {
    id: 11,
    title: "rejoin waits for the stop to finish",
    file: rules,
    find: "if (state.resp !== 0 || context.nowMs < nextClaimAtMs(state)) return;",
    replace:
      'if (state.resp !== 0 || context.nowMs < nextClaimAtMs(state)) return;\n  if (slotAttempts(draft, slot).some((a) => a.st === "STOPPING")) return;',
    test: "packages/domain/src/want.test.ts",
  },
  {
    id: 12,
    title: "ghost counts as recorder for ever",
    file: rules,
    find: "return attempt.adoptUntilMs === undefined || attempt.adoptUntilMs <= nowMs;",
    replace: "return false;",
    test: "packages/domain/src/start-cells.test.ts",
  },
  {
    id: 13,
    title: "ghost keeps its window when another is CONF",
    file: rules,
    find: "put(draft, rest);",
    replace: "put(draft, { ...rest, ...attempt });",
    test: "packages/domain/src/slot-rules.test.ts",
  },
  {
    id: 14,
    title: "late 201/7 turns LIVE into GHOST",
    file: table,
    find: '"start.started": { ...never, READY: start.startStarted, DOUBT: start.doubtIsGhost },',
    replace:
      '"start.started": { ...never, READY: start.startStarted, LIVE: start.startStarted, CONF: start.startStarted, DOUBT: start.doubtIsGhost },',
    test: "packages/domain/src/start-cells.test.ts",
  },
  {
    id: 15,
    title: "surplus stopped on old evidence about resp",
    file: rules,
    find: "} else if (nowMs - (responsible.lastAliveAtMs ?? 0) <= durations.freshMs) {",
    replace: "} else if (responsible.lastAliveAtMs !== undefined) {",
    test: "packages/domain/src/slot-rules.test.ts",
  },
  {
    id: 22,
    title: '"alive" accepted unfenced: a fact clears a newer suspicion',
    file: table,
    find: "    LIVE: query.sameSid,\n    CONF: query.sameSid,",
    replace: "    LIVE: query.aliveToConf,\n    CONF: query.aliveToConf,",
    test: "packages/domain/src/query-cells.test.ts",
  },
  {
    id: 23,
    title: "sid of a stale process dropped",
    file: decide,
    find: "for (const fact of view.facts) applyFact(draft, fact);",
    replace: 'for (const fact of view.facts) if (fact.kind !== "sid") applyFact(draft, fact);',
    test: "packages/domain/src/decide.test.ts",
  },
  {
    id: 24,
    title: "fact without row is ignored",
    file: decide,
    find: 'else if (fact.kind === "sid" || fact.kind === "stopAccepted") upsert(draft, fact, told);',
    replace: "else if (attempt !== undefined) upsert(draft, fact, told);",
    test: "packages/domain/src/decide.test.ts",
  },
  {
    id: 30,
    title: "own-uid-left or event 41 = exited",
    file: decide,
    find: "    if (!context.knowsRule(attempt.ruleHash)) applyHint",
    replace:
      '    if (attempt.sid !== undefined && view.reservedUids.get(attempt.uid)?.online === false && view.lookAtMs !== undefined)\n      put(draft, { ...attempt, st: "CLOSED", closedAtMs: context.nowMs });\n    if (!context.knowsRule(attempt.ruleHash)) applyHint',
    test: "packages/domain/src/decide.test.ts",
  },
  {
    id: 34,
    title: "parity ignored in 2N",
    file: "packages/domain/src/recorder-uid.ts",
    find: "const offset = even + 2n * BigInt(k)",
    replace: "const offset = even + BigInt(k)",
    test: "packages/domain/src/recorder-uid.test.ts",
  },
  {
    id: 34,
    title: "uid reused",
    file: rules,
    find: "while (view.reservedUids.has(uid) || taken.has(uid)) {",
    replace: "while (view.reservedUids.size < 0 || taken.size < 0) {",
    test: "packages/domain/src/slot-rules.test.ts",
  },
  {
    id: 34,
    title: "k reset",
    file: rules,
    find: "nextK: attempt.k + 1,",
    replace: "nextK: 0,",
    test: "packages/domain/src/slot-rules.test.ts",
  },
  {
    id: 39,
    title: "an uncounted 404 moves last404At (window never ends)",
    file: counting,
    find: "return spaced ? { ...attempt, n404: attempt.n404 + 1, last404AtMs: told.answeredAtMs } : attempt;",
    replace: "return { ...attempt, n404: attempt.n404 + (spaced ? 1 : 0), last404AtMs: told.answeredAtMs };",
    test: "packages/domain/src/count-404.test.ts",
  },
  {
    id: 41,
    title: "resp derived from what answers: two responsible during the freshness check",
    file: "packages/domain/src/draft.ts",
    find: 'const other = slot.resp !== attempt.n && responsible?.st !== "CONF";',
    replace: "const other = slot.resp !== attempt.n && responsible !== undefined;",
    test: "packages/domain/src/slot-rules.test.ts",
  },
  {
    id: 42,
    title: '"stop accepted" of a stale process ignored',
    file: decide,
    find: "for (const fact of view.facts) applyFact(draft, fact);",
    replace: 'for (const fact of view.facts) if (fact.kind !== "stopAccepted") applyFact(draft, fact);',
    test: "packages/domain/src/decide.test.ts",
  },
  {
    id: 46,
    title: "an announcement taken back that is not the last one",
    file: starts,
    find: "return told.send === attempt.startSends ?",
    replace: "return attempt.startSends > 0 ?",
    test: "packages/domain/src/start-cells.test.ts",
  },
];
