import type { Attempt } from "@autorec/domain";
import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import { createReconciler } from "./reconciler.ts";

// The journal hears of READY while the decision is being written. Had it the last word, a rebuild would start the attempt
// beside whoever has come after it.
test("an attempt that was journalled for a decision that Redis refused, and is closed then, is withdrawn there", async () => {
  const journalled: { readonly n: number; readonly rev: string }[] = [];
  const snapshots: { readonly attempt: Attempt; readonly rev: string }[] = [];
  const { deps, ref, started, attempt, empty } = openChannelFixture();
  const { commit } = deps.store;
  const done = createReconciler({
    ...deps,
    journal: ({ attempt: { n }, rev }) => {
      journalled.push({ n, rev });
      empty();
      return Promise.resolve();
    },
    store: {
      ...deps.store,
      commit: async (of, order) => {
        const reply = await commit(of, order);
        if (reply.kind === "ok") for (const each of order.snapshots) snapshots.push({ attempt: each, rev: reply.rev });
        return reply;
      },
    },
  }).reconcile(ref);
  expect(await done).toBe("settled");
  expect(started).toEqual([]);
  expect(attempt(1)).toMatchObject({ st: "CLOSED", startSends: 0 });
  expect(journalled.map(({ n }) => n)).toEqual([1]);
  const last = snapshots.findLast((each) => each.attempt.n === 1);
  expect(last?.attempt.st).toBe("CLOSED");
  expect(BigInt(last?.rev ?? 0)).toBeGreaterThan(BigInt(journalled[0]?.rev ?? 0));
});
