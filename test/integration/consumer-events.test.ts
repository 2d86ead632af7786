import { expect, test, vi } from "vitest";
import { channel, event, openConsuming } from "../support/consuming.ts";

const soon = { timeout: 15_000, interval: 50 };

test("a record that cannot be read goes to the dead-letter topic with its cause, and its partition goes on", async () => {
  const { admin: _, ...consuming } = await openConsuming();
  await consuming.produce([
    { key: "k", value: "{", headers: { "app-id": "app" } },
    { key: "k", value: undefined },
    event("joined", "after"),
  ]);
  const consumer = consuming.run();
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([3]), soon);
  expect((await consuming.store.readChannel(channel("after")))?.view.presence.count).toBe(1);

  const [broken, empty] = await consuming.deadLetters(2);
  expect(broken?.key?.toString()).toBe("k");
  expect(broken?.value?.toString()).toBe("{");
  const headers = Object.fromEntries(
    Object.entries(broken?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  expect(headers).toEqual({
    "app-id": "app",
    "x-error-code": "REC_EVENT_NOT_JSON",
    "x-error-message": "the body is not JSON: syntax error",
    "x-topic": consuming.topic,
    "x-partition": "0",
    "x-offset": "0",
    "x-timestamp": String(broken?.headers?.["x-timestamp"]),
  });
  expect(String(broken?.headers?.["x-timestamp"])).toMatch(/^\d{13}$/);
  expect(empty?.value).toBeNull();
  expect(String(empty?.headers?.["x-error-code"])).toBe("REC_EVENT_EMPTY");
  expect((await consumer.metrics.events.get()).values).toContainEqual(
    expect.objectContaining({ labels: { source: "unknown", result: "dead_letter" }, value: 2 }),
  );
});

test("bodies of 1 000 000 and 1 048 450 bytes are dead-lettered, cut to 900 000", async () => {
  const consuming = await openConsuming();
  await consuming.produce([
    { value: Buffer.alloc(1_000_000, "x") },
    { value: Buffer.alloc(1_048_450, "x") },
    event("joined", "after"),
  ]);
  consuming.run();
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([3]), soon);
  const letters = await consuming.deadLetters(2);
  expect(letters.map((letter) => [letter.value?.length, String(letter.headers?.["x-truncated-from"])])).toEqual([
    [900_000, "1000000"],
    [900_000, "1048450"],
  ]);
  expect((await consuming.store.readChannel(channel("after")))?.view.presence.count).toBe(1);
});

test("copies and any order inside a partition end in the presence that the greatest clientSeq says", async () => {
  const consuming = await openConsuming();
  const events = Array.from({ length: 20 }, (_, i) => [
    event("joined", `room-${i}`, { clientSeq: 1 }),
    event("left", `room-${i}`, { clientSeq: 2 }),
    event("joined", `room-${i}`, { clientSeq: 3 }),
    event("left", `room-${i}`, { uid: 8, clientSeq: "18446744073709551615" }),
    event("joined", `room-${i}`, { uid: 8, clientSeq: "18446744073709551614" }),
  ]).flat();
  await consuming.produce([...events, ...events.toReversed(), ...events]);
  consuming.run();
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([300]), soon);
  const counts = await Promise.all(
    Array.from(
      { length: 20 },
      async (_, i) => (await consuming.store.readChannel(channel(`room-${i}`)))?.view.presence.count,
    ),
  );
  expect(new Set(counts)).toEqual(new Set([1]));
});

test("a raw notification without header belongs to the only app, and a channel that fills is looked at", async () => {
  const consuming = await openConsuming();
  const payload = {
    channelName: "raw",
    uid: 9,
    clientSeq: Date.now(),
    ts: Math.floor(Date.now() / 1_000),
    platform: 7,
  };
  await consuming.produce([
    { value: JSON.stringify({ noticeId: "n", productId: 1, eventType: 103, notifyMs: Date.now(), payload }) },
  ]);
  const consumer = consuming.run();
  await vi.waitFor(() => expect(consumer.looks).toEqual(["raw"]), soon);
  expect((await consuming.store.readChannel(channel("raw")))?.view.presence).toMatchObject({ count: 1, hosts: 1 });
});

test("a start that hangs does not hold up its partition", async () => {
  const consuming = await openConsuming();
  let finish: () => void = () => undefined;
  const hang = new Promise<void>((resolve) => (finish = resolve));
  await consuming.produce([event("joined", "slow"), event("joined", "other")]);
  const consumer = consuming.run({
    reconcile: ({ channelName }) => (channelName === "slow" ? hang : Promise.resolve()),
  });
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([2]), soon);
  expect(consumer.looks).toEqual(["slow", "other"]);
  expect(consumer.queue.runningCount).toBe(1);
  finish();
});

test("presence is applied and committed although the queue is full behind an Agora that hangs; the schedule has the rest", async () => {
  const consuming = await openConsuming();
  const names = ["runs", "waits", "third", "fourth"];
  await consuming.produce(names.map((name) => event("joined", name)));
  const hang = new Promise<void>(() => undefined);
  const consumer = consuming.run({ reconcile: () => hang, queueLimits: { runningMax: 1, waitingMax: 1 } });
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([4]), soon);
  await consuming.produce([event("joined", "later")]);
  await vi.waitFor(async () => expect(await consuming.committed()).toEqual([5]), soon);
  expect(consumer.looks).toHaveLength(1);
  expect(consumer.queue.waitingCount).toBe(1);
  for (const name of [...names, "later"]) {
    const reading = await consuming.store.readChannel(channel(name));
    expect(reading?.view.presence.count).toBe(1);
    expect(reading?.dueAtMs).toBeLessThanOrEqual(reading?.nowMs ?? 0);
  }
  expect((await consumer.metrics.reconciles.get()).values).toContainEqual(
    expect.objectContaining({ labels: { source: "event", outcome: "again" }, value: 3 }),
  );
  await consumer.stop();
  expect(consumer.queue.waitingCount, "what has not begun is left when the process is told to stop").toBe(0);
});
