import { expect, test, vi } from "vitest";
import { channel, event, openConsuming } from "../support/consuming.ts";
import { runAndKill } from "../support/run-and-kill.ts";

const soon = { timeout: 20_000, interval: 50 };

test("a consumer killed between presence and commit loses nothing, and the second delivery changes nothing", async () => {
  const consuming = await openConsuming();
  await consuming.produce([event("joined", "room"), { value: "{" }]);
  await runAndKill(new URL("../support/consumer-main.ts", import.meta.url), {
    prefix: consuming.prefix,
    at: "applied",
  });
  const before = await consuming.store.readChannel(channel("room"));
  expect(before?.view.presence.count).toBe(1);
  expect(await consuming.committed()).toEqual([-1]);

  const consumer = consuming.run();
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([2]), soon);
  const after = await consuming.store.readChannel(channel("room"));
  expect(after?.rev).toBe(before?.rev);
  expect((await consumer.metrics.events.get()).values).toContainEqual(
    expect.objectContaining({ labels: { source: "autorec", result: "stale" }, value: 1 }),
  );
  expect(await consuming.deadLetters(1)).toHaveLength(1);
}, 40_000);

test("stopping finishes the batch, commits it and leaves the group at once", async () => {
  const consuming = await openConsuming({ partitions: 2 });
  let applying: () => void = () => undefined;
  const isApplying = new Promise<void>((resolve) => (applying = resolve));
  const first = consuming.run({
    store: {
      async applyPresence(ref, update) {
        applying();
        await vi.waitFor(() => expect(stopped).toBe(true), soon);
        return consuming.store.applyPresence(ref, update);
      },
    },
  });
  let stopped = false;
  await consuming.produce([event("joined", "room", { partition: 0 })]);
  await isApplying;
  const stopping = first.stop();
  stopped = true;
  await stopping;
  expect((await consuming.committed())[0]).toBe(1);

  await consuming.produce([event("left", "room", { partition: 0 })]);
  const startedMs = performance.now();
  consuming.run();
  await vi.waitFor(async () => expect((await consuming.committed())[0]).toBe(2), soon);
  // Without a farewell the next member would wait for the session to run out.
  expect(performance.now() - startedMs).toBeLessThan(2_500);
  expect((await consuming.store.readChannel(channel("room")))?.view.presence.count).toBe(0);
});

test("members that come and go in the middle of a stream lose no event", async () => {
  const partitions = 4;
  const consuming = await openConsuming({ partitions });
  const rooms = Array.from({ length: 200 }, (_, i) => `room-${i}`);
  const first = consuming.run();
  let producing = true;
  const produced = (async () => {
    for (const [i, room] of rooms.entries()) {
      const partition = i % partitions;
      await consuming.produce([event("joined", room, { partition }), event("joined", room, { uid: 8, partition })]);
      await consuming.produce([event("left", room, { partition })]);
    }
    producing = false;
  })();
  const second = consuming.run();
  await vi.waitFor(() => expect(second.problems.kafka()).toBeUndefined(), soon);
  await first.stop();
  const third = consuming.run();
  await vi.waitFor(() => expect(third.problems.kafka()).toBeUndefined(), soon);
  await second.stop();
  await produced;
  expect(producing).toBe(false);
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([150, 150, 150, 150]), soon);
  const counts = await Promise.all(
    rooms.map(async (room) => (await consuming.store.readChannel(channel(room)))?.view.presence.count),
  );
  expect(new Set(counts)).toEqual(new Set([1]));
  await vi.waitFor(() => expect(third.problems.lag()).toBeUndefined(), soon);
}, 60_000);
