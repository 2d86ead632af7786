import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import { createReconciler } from "./reconciler.ts";

// Its worker is reserved while the claim is being written; no row remembers it, and the reservation lasts two minutes.
test("a claim that Redis refused, and that nobody makes again, gives its worker back", async () => {
  let asked = 0;
  const { deps, ref, held, attempt, empty } = openChannelFixture({
    takeRequest: () => {
      asked += 1;
      empty();
      return Promise.resolve({ kind: "granted", waitMs: 0 });
    },
  });
  expect(await createReconciler(deps).reconcile(ref)).toBe("settled");
  expect(asked).toBe(1);
  expect(attempt(1)).toBeUndefined();
  expect(held).toEqual([{ n: 1, holdMs: 0 }]);
});
