import type { ControlReading } from "@autorec/session-store";
import { expect, test } from "vitest";
import { ControlTender } from "./tend-control.ts";

const ref = { appId: "app", channelName: "room" };
const settleMs = 2_000;

function tenderOf() {
  let nowMs = 0;
  let reading: ControlReading = { switches: [], revision: 0, nowMs: 0 };
  const spread: { readonly atMs: number; readonly revision: number; readonly channels: number }[] = [];
  const tender = new ControlTender({
    store: {
      channelRefs: () => Promise.resolve([ref]),
      spreadDue: (_, { refs, revision }) => {
        spread.push({ atMs: nowMs, revision, channels: refs.length });
        return Promise.resolve("spread");
      },
      liftSwitch: () => Promise.resolve({ kind: "absent" }),
      readAudit: () => Promise.resolve([]),
    },
    shardCount: 1,
    reading: () => reading,
    ruleNameOf: () => "rule",
    settleMs,
    monotonicMs: () => nowMs,
    journal: () => Promise.resolve(),
  });
  return {
    spread,
    roundAt: async (ms: number, revision: number): Promise<void> => {
      nowMs = ms;
      reading = { ...reading, revision };
      await tender.round();
    },
  };
}

// A failover may have lost the first time, and a channel that was held back would be due for nobody.
test("what a switch concerns is made due when all have heard of it, and once more two minutes later", async () => {
  const { roundAt, spread } = tenderOf();
  await roundAt(0, 0);
  await roundAt(1_000, 7);
  expect(spread).toEqual([]);
  await roundAt(1_000 + settleMs, 7);
  await roundAt(122_999, 7);
  expect(spread).toEqual([{ atMs: 3_000, revision: 7, channels: 1 }]);
  await roundAt(123_000, 7);
  await roundAt(400_000, 7);
  expect(spread).toEqual([
    { atMs: 3_000, revision: 7, channels: 1 },
    { atMs: 123_000, revision: 7, channels: 1 },
  ]);
});
