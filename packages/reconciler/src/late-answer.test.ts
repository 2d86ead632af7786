import type { PendingFact } from "@autorec/domain";
import type { StartAnswer } from "@autorec/events";
import { expect, test } from "vitest";
import { openChannelFixture, startWorked } from "./channel-fixture.ts";
import { createReconciler } from "./reconciler.ts";

const tooLate: StartAnswer = { reason: "timeout", alarm: false, outcome: "again", schedule: "lost", ambiguous: true };
const running: StartAnswer = { reason: "ok", alarm: false, outcome: "started" };

// Without its sid the recorder could be neither asked nor stopped: a second one would record beside it until everybody leaves.
test("I2: a sid that comes when the start's time limit is over is told, although the turn that asked has ended", async () => {
  const facts: PendingFact[] = [];
  const first = Promise.withResolvers<(answer: StartAnswer) => void>();
  const answers = [tooLate, running];
  const { deps, ref, started, attempt } = openChannelFixture({
    start: (_resourceId, late) => {
      first.resolve(late);
      return Promise.resolve(answers.shift() ?? running);
    },
  });
  const store: typeof deps.store = {
    ...deps.store,
    fact: (_ref, fact) => {
      facts.push(fact);
      return Promise.resolve("applied");
    },
  };
  const reconciler = createReconciler({ ...deps, store });
  expect(await reconciler.reconcile(ref)).toBe("settled");
  expect(started).toEqual(["r1"]);
  expect(facts).toEqual([]);
  (await first.promise)(startWorked);
  const { uid } = attempt(1) ?? {};
  expect(facts).toMatchObject([{ n: 1, kind: "sid", uid, resourceId: "r1", sid: "s" }]);
});
