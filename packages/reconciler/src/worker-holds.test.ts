import { realDurations } from "@autorec/domain";
import type { Attempt } from "@autorec/domain";
import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import { createReconciler } from "./reconciler.ts";
import { WorkerHolds } from "./worker-holds.ts";

test("a ghost whose sid is learned has its worker again at once, although it had given it back", async () => {
  const { attempt, deps, held, ref } = openChannelFixture();
  await createReconciler(deps).reconcile(ref);
  const live = attempt(1);
  if (live === undefined) throw new Error("the fixture starts an attempt");
  const { sid: _, ...unnamed } = live;
  const ghost: Attempt = { ...unnamed, st: "GHOST" };
  const holds = new WorkerHolds(ref, deps);
  const step = (before: Attempt, after: Attempt): number | undefined => {
    const nowMs = live.claimedAtMs + 86_400_000;
    holds.follow({ before: recordOf(before), after: recordOf(after), nowMs });
    return held.at(-1)?.holdMs;
  };
  // The first look of a turn tells of all that is open: whoever has waited so long has no worker any more.
  expect(step(ghost, ghost)).toBe(0);
  expect(step(ghost, live)).toBe(realDurations.quotaHoldMs);
});

function recordOf(attempt: Attempt): Parameters<WorkerHolds["follow"]>[0]["before"] {
  const slot = { resp: 1, nextK: 1, backoffStep: 0, nextClaimAtMs: 0 };
  return {
    ...{ schemaVersion: 1, appId: "a", channelName: "c", want: { on: true, cause: "occupied" } },
    ...{ slots: { primary: slot, secondary: slot }, sessions: {}, attempts: { [attempt.n]: attempt } },
  };
}
