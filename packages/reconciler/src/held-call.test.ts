import type { Control } from "@autorec/domain";
import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import { createReconciler } from "./reconciler.ts";

// Nothing writes the channel when an operator throws a switch, so no new decision asks for it: only the last look does.
test.each<[Control, string]>([
  ["holdStarts", "CLOSED"],
  ["stopAll", "CLOSED"],
  ["handsOff", "READY"],
])("a start that waits for the journal while an operator says %s is not sent", async (said, state) => {
  const waits = Promise.withResolvers<undefined>();
  const go = Promise.withResolvers<undefined>();
  const { deps, ref, started, attempt, failures } = openChannelFixture({
    journal: async () => {
      waits.resolve(undefined);
      await go.promise;
    },
  });
  let control: Control = "run";
  const done = createReconciler({ ...deps, control: () => ({ control }) }).reconcile(ref);
  await waits.promise;
  control = said;
  go.resolve(undefined);
  expect(await done).toBe("settled");
  expect(started).toEqual([]);
  expect(attempt(1)).toMatchObject({ st: state, startSends: 0 });
  expect(failures).toEqual([]);
});
