import type { Mutation } from "./mutation.ts";

const work = "packages/reconciler/src/work-channel.ts";
const calls = "packages/reconciler/src/perform-call.ts";
const facts = "packages/reconciler/src/answer-as-fact.ts";
const untold = "packages/reconciler/src/untold-facts.ts";
const leases = "test/integration/reconciler-leases.test.ts";

/** The faults that the tests of the reconciler and of the engine must notice. */
export const reconcilerMutations: readonly Mutation[] = [
  {
    id: 1,
    title: "start sent before READY is written",
    file: work,
    find: "      const reply = await this.#commit(decision, { release: released });\n",
    replace: `      const stored = this.#channel;
      this.#adopt(decision, stored.rev);
      const sentAtMs = this.#clock.earliestMs();
      for (const call of decision.calls.splice(0)) this.#launch(call, { rev: stored.rev, sentAtMs });
      this.#channel = stored;
      const reply = await this.#commit(decision, { release: released });
`,
    also: [
      {
        // Else the second look at the record, which is asked for given up attempts, would stop it.
        file: work,
        find: 'call.call !== "start" || this.#channel.view.record.attempts[call.n]?.st === "READY";',
        replace: "true;",
      },
    ],
    test: leases,
    testName: "no start leaves before READY is stored",
  },
  {
    id: 20,
    title: "a call sent although the lease's rest does not cover it",
    file: "packages/reconciler/src/lease.ts",
    find: "const neededMs = callMs + this.#deps.durations.sendSlackMs;",
    replace: "const neededMs = Math.min(callMs, 0);",
    test: "packages/reconciler/src/lease.test.ts",
  },
  {
    id: 22,
    title: '"alive" accepted unfenced: an answer of a stale process becomes a fact',
    file: facts,
    find: "return isFoundCandidate(input, attempt) ?",
    replace: "return input.sid.length > 0 ?",
    test: "packages/reconciler/src/answer-as-fact.test.ts",
  },
  {
    id: 23,
    title: "sid of a stale process dropped",
    file: work,
    find: "if (fact !== undefined) await this.#untold.tell(this.#ref, fact);",
    replace: "void fact;",
    test: leases,
    testName: "paused beyond its lease",
  },
  {
    id: 23,
    title: "sid of a stale process given up when Redis is away for some tries",
    file: untold,
    find: "this.#kept.has(untold); waitMs",
    replace: "waitMs < mostMs; waitMs",
    test: "packages/reconciler/src/untold-facts.test.ts",
  },
  {
    id: 28,
    title: "journal after start, seen by the broker's time",
    file: calls,
    find: "heardLater(deps.journal({ ref, rev, attempt }))",
    replace: "new Promise((go) => setTimeout(go, 100)).then(() => deps.journal({ ref, rev, attempt }))",
    also: [{ file: calls, find: "    await journal;\n", replace: "    void journal;\n" }],
    test: "test/integration/reconciler-journal.test.ts",
  },
  {
    id: 36,
    title: "the holder waits for a stop that hangs instead of deciding anew",
    file: work,
    find: "if (rev === undefined || rev !== this.#channel.rev) return;",
    replace: "if (rev === undefined) return;",
    test: leases,
    testName: "even while the stop's answer hangs",
  },
  {
    id: 36,
    title: "synchronous stop",
    file: "packages/recording-api/src/recording-client.ts",
    find: "async: isAsync = true }",
    replace: "async: isAsync = false }",
    test: "packages/recording-api/src/recording-client.test.ts",
  },
  {
    id: 43,
    title: "an attempt whose answer waits gets another call",
    file: work,
    find: "const busy = new Set([...this.#inFlight, ...waiting]);",
    replace: "const busy = new Set([...this.#inFlight, ...waiting.slice(waiting.length)]);",
    test: "packages/reconciler/src/duplicate-start.test.ts",
  },
  {
    id: 44,
    title: "a start sent although its attempt was given up while it waited",
    file: calls,
    find: "if (!order.isStillMeant() || !isAllowed(order, deps)) return",
    replace: "if (!isAllowed(order, deps)) return",
    test: "packages/reconciler/src/given-up-start.test.ts",
  },
  {
    id: 42,
    title: '"stop accepted" of a stale process is not told',
    file: facts,
    find: 'if (input.kind !== "stop" || input.answer.outcome !== "done") return undefined;',
    replace: 'if (input.kind !== "stop" || input.answer.outcome === "done") return undefined;',
    test: "packages/reconciler/src/answer-as-fact.test.ts",
  },
  {
    id: 78,
    title: "another Redis answers after a failover, and nobody notices",
    file: "packages/engine/src/keep-writes.ts",
    find: "if (found !== undefined && known !== undefined && found.identity !== known.identity) {",
    replace: 'if (found !== undefined && known !== undefined && found.identity === "") {',
    test: "packages/engine/src/keep-writes.test.ts",
  },
  {
    id: 110,
    title: "the sid of a ghost that answered is lost with the lease",
    file: facts,
    find: "return isFoundCandidate(input, attempt) ?",
    replace: "return input.sid.length === 0 ?",
    test: "packages/reconciler/src/answer-as-fact.test.ts",
  },
  {
    id: 111,
    title: "a sid learned before a long outage is too old to be told after it",
    file: "packages/engine/src/recent-sids.ts",
    find: "seenAtMs - keptMs",
    replace: "monotonicMs() - keptMs",
    test: "packages/engine/src/recent-sids.test.ts",
  },
  {
    id: 79,
    title: "a call that waited is sent although an operator has held it back meanwhile",
    file: "packages/reconciler/src/perform-call.ts",
    find: "if (!order.isStillMeant() || !isAllowed(order, deps)) return",
    replace: "if (!order.isStillMeant()) return",
    test: "packages/reconciler/src/held-call.test.ts",
  },
  {
    id: 105,
    title: "a sid that comes after the start's time limit is dropped",
    file: work,
    find: "      this.#reportFact(input).catch((err: unknown) => this.#deps.observer.failed(this.#ref, err));\n",
    replace: "      void input;\n",
    test: "packages/reconciler/src/late-answer.test.ts",
  },
  {
    id: 118,
    title: "a rebuild goes on in a Redis that was emptied again",
    file: "packages/session-store/lua/rebuild-claim.lua",
    find: "local isLostAgain = heldSince ~= ''",
    replace: "local isLostAgain = false",
    test: "test/integration/session-store-rebuild.test.ts",
    testName: "beyond another loss",
  },
  {
    id: 118,
    title: "a rebuild does not say which loss it is about",
    file: "packages/engine/src/rebuild-state.ts",
    find: "leaseMs: durations.leaseMs, sinceMs: since }",
    replace: "leaseMs: durations.leaseMs }",
    test: "packages/engine/src/rebuild-state.test.ts",
  },
  {
    id: 119,
    title: "a process that was stopped sends at once all for which it had missed the places",
    file: "packages/reconciler/src/perform-call.ts",
    find: "(isSecond ? durations.sendSlackMs / 2 : missedMs)",
    replace: "(isSecond ? durations.sendSlackMs / 2 : Infinity)",
    test: "packages/reconciler/src/ask-quota.test.ts",
    testName: "I7: a place whose answer came so late",
  },
  {
    id: 128,
    title: "a process that was stopped again sends all that it had planned at once",
    file: calls,
    find: "(isSecond ? durations.sendSlackMs / 2 : missedMs)",
    replace: "(isSecond ? Infinity : missedMs)",
    test: "packages/reconciler/src/ask-quota.test.ts",
    testName: "I7: who misses its second place too",
  },
];
