import { expect, test, vi } from "vitest";
import { channel, daysAgo, event, openConsuming } from "../support/consuming.ts";
import type { ConsumingFixture, TestMessage } from "../support/consuming.ts";
import { runAndKill } from "../support/run-and-kill.ts";

const soon = { timeout: 20_000, interval: 50 };

/** Unreadable on purpose and large: they spread what stands before and after them over several fetches. */
const filler: readonly TestMessage[] = Array.from({ length: 6 }, () => ({ value: Buffer.alloc(700_000) }));

/** Remembers, at every look, whether a decision would have started a recorder: occupied and not held back. */
function watchStarts(consuming: ConsumingFixture) {
  const starts: string[] = [];
  const reconcile = async ({ channelName }: { readonly channelName: string }): Promise<void> => {
    const presence = (await consuming.store.readChannel(channel(channelName)))?.view.presence;
    if (presence !== undefined && presence.count > 0 && presence.held === undefined) starts.push(channelName);
  };
  return { starts, reconcile };
}

test("a join and a leave of days ago start nothing, however far apart they lie", async () => {
  const consuming = await openConsuming();
  await consuming.produce([event("joined", "over", daysAgo), ...filler, event("left", "over", daysAgo)]);
  const { reconcile, starts } = watchStarts(consuming);
  const held: boolean[] = [];
  const consumer = consuming.run({
    reconcile,
    store: {
      async applyPresence(ref, update) {
        const result = await consuming.store.applyPresence(ref, update);
        // What a watchdog would see at this very moment.
        await reconcile(ref);
        held.push((await consuming.store.readChannel(ref))?.view.presence.held !== undefined);
        return result;
      },
    },
  });
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([8]), soon);
  expect(held[0]).toBe(true);
  expect(starts).toEqual([]);
  expect(consumer.looks).not.toContain("nobody");
  await vi.waitFor(
    async () => expect((await consuming.store.readChannel(channel("over")))?.view.presence.held).toBeUndefined(),
    soon,
  );
  expect((await consuming.store.readChannel(channel("over")))?.view.presence.count).toBe(0);
});

test("a channel whose join of days ago was never taken back is due once its partition has been read", async () => {
  const consuming = await openConsuming();
  await consuming.produce([event("joined", "long", daysAgo), ...filler, event("joined", "fresh")]);
  const { reconcile, starts } = watchStarts(consuming);
  consuming.run({ reconcile });
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([8]), soon);
  await vi.waitFor(async () => {
    const reading = await consuming.store.readChannel(channel("long"));
    expect(reading?.view.presence).toMatchObject({ count: 1 });
    expect(reading?.view.presence.held).toBeUndefined();
    expect(reading?.dueAtMs).toBeLessThanOrEqual(reading?.nowMs ?? 0);
  }, soon);
  expect(starts).toContain("fresh");
});

test("the gate is opened by the next owner of the partition when the one that closed it was killed", async () => {
  const consuming = await openConsuming();
  await consuming.produce([event("joined", "long", daysAgo), ...filler]);
  await runAndKill(new URL("../support/consumer-main.ts", import.meta.url), {
    prefix: consuming.prefix,
    at: "release",
  });
  expect(await consuming.committed()).toEqual([7]);
  expect((await consuming.store.readChannel(channel("long")))?.view.presence.held).toMatchObject({ partition: 0 });
  // No record comes any more: only the assignment tells the new owner that there may be something to open.
  consuming.run();
  await vi.waitFor(
    async () => expect((await consuming.store.readChannel(channel("long")))?.view.presence.held).toBeUndefined(),
    soon,
  );
}, 40_000);

test("a hold of a topic that was made anew with lower offsets ends when the new one has been read", async () => {
  const consuming = await openConsuming();
  const joined = { kind: "joined", uid: 7, clientSeq: "1", atMs: 1, role: "host" } as const;
  await consuming.store.applyPresence(channel("long"), {
    events: [{ ...joined, bot: false, reserved: false, recorderClient: false }],
    hold: { partition: 0, offset: "500" },
    appliedOffset: { partition: 0, offset: "400" },
  });
  await consuming.produce([event("joined", "fresh")]);
  consuming.run();
  await vi.waitFor(async () => {
    const reading = await consuming.store.readChannel(channel("long"));
    expect(reading?.view.presence).toMatchObject({ count: 1 });
    expect(reading?.view.presence.held).toBeUndefined();
    expect(reading?.dueAtMs).toBeLessThanOrEqual(reading?.nowMs ?? 0);
  }, soon);
});
