import type { StartAnswer } from "@autorec/events";
import { expect, test } from "vitest";
import { openChannelFixture, startWorked } from "./channel-fixture.ts";
import { createReconciler } from "./reconciler.ts";

test("an answer that arrives in the middle of a conflict is decided on before its attempt gets another call", async () => {
  const sent = Promise.withResolvers<undefined>();
  const answer = Promise.withResolvers<StartAnswer>();
  const { deps, ref, started, attempt, touch } = openChannelFixture({
    start: () => {
      sent.resolve(undefined);
      return answer.promise;
    },
    onConflict: async () => {
      answer.resolve(startWorked);
      // The answer must have reached the holder before it hears of the conflict.
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  const done = createReconciler(deps).reconcile(ref);
  await sent.promise;
  touch();
  expect(await done).toBe("settled");
  expect(started).toEqual(["r1"]);
  expect(attempt(1)?.startSends).toBe(1);
});
