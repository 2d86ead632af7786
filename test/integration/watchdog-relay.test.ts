import { createLogger, createProducer, ensureTopics } from "@autorec/service-kit";
import { expect, onTestFinished, test, vi } from "vitest";
import { publishBatch } from "../../services/watchdog/src/publish-batch.ts";
import { relayOutbox } from "../../services/watchdog/src/relay-outbox.ts";
import { createAdmin, createKafkaFor } from "../support/kafka.ts";
import { runAndKill } from "../support/run-and-kill.ts";
import { readTopic } from "../support/read-topic.ts";
import { openReconciling } from "../support/reconciler.ts";
import type { Reconciling } from "../support/reconciler.ts";

const patience = { timeout: 60_000, interval: 50 } as const;

/** Two channels that have lived from join to stop; their whole story waits in the outbox. */
async function storiesInOutbox(world: Reconciling) {
  world.worker("w1").watch();
  await Promise.all([world.join(7, "room"), world.join(8, "hall")]);
  for (const channelName of ["room", "hall"]) {
    await vi.waitFor(async () => {
      expect(await world.attempts(channelName)).toMatchObject([{ st: "CONF" }]);
    }, patience);
  }
  await Promise.all([world.leave(7, "room"), world.leave(8, "hall")]);
  for (const channelName of ["room", "hall"]) {
    await vi.waitFor(async () => {
      expect(await world.attempts(channelName)).toMatchObject([{ st: "CLOSED" }]);
    }, patience);
  }
  const entries = await world.store.outboxRead(0, 1_000);
  return entries.flatMap((entry) => entry.lifecycle);
}

async function openRelay(world: Reconciling) {
  const { log } = createLogger({ service: "test", instanceId: "relay", version: "0", level: "silent" });
  const kafka = createKafkaFor(log);
  const admin = await createAdmin(kafka);
  const producer = createProducer(kafka);
  await producer.connect();
  const topics = { lifecycle: `${world.prefix}.recording.lifecycle`, snapshots: `${world.prefix}.recording.snapshots` };
  await ensureTopics(admin, [
    { topic: topics.lifecycle, partitions: 3, cleanupPolicy: "delete" },
    { topic: topics.snapshots, partitions: 3, cleanupPolicy: "compact" },
  ]);
  onTestFinished(async () => {
    await producer.disconnect();
    await admin.deleteTopics({ topics: Object.values(topics) });
    await admin.disconnect();
  });
  const publish = publishBatch({ producer, topics });
  return {
    kafka,
    topics,
    relay: async () =>
      (await relayOutbox({ store: world.store, shardCount: 1, token: "next", leaseMs: 30_000, publish })).entries,
  };
}

const ofChannel = <T extends { readonly channelName: string }>(events: readonly T[], channelName: string): T[] =>
  events.filter((event) => event.channelName === channelName);

test("every state change leaves for Kafka, in order per channel, although relays die before and after publishing", async () => {
  const world = await openReconciling();
  const { kafka, topics, relay } = await openRelay(world);
  const told = await storiesInOutbox(world);
  const story = ofChannel(told, "room").map(({ type }) => type);
  expect(story.toSorted()).toEqual([
    "attempt.claimed",
    "attempt.closed",
    "attempt.confirmed",
    "attempt.started",
    "attempt.stopping",
    "session.closed",
    "session.opened",
  ]);

  await runAndKill(new URL("../support/relay-main.ts", import.meta.url), { prefix: world.prefix, at: "read" });
  expect((await world.store.outboxRead(0, 1_000)).flatMap((entry) => entry.lifecycle)).toEqual(told);
  // The dead relay's lease has to end before another may take the shard.
  await vi.waitUntil(async () => world.store.claimRelay(0, { token: "next", leaseMs: 1 }), patience);
  await runAndKill(new URL("../support/relay-main.ts", import.meta.url), { prefix: world.prefix, at: "published" });
  await vi.waitUntil(async () => (await relay()) > 0, patience);
  expect(await world.store.outboxRead(0, 1)).toEqual([]);
  expect(await relay()).toBe(0);

  // Once by the relay that died after publishing, once by the one that did not know of it.
  const records = await readTopic(kafka, { topic: topics.lifecycle, count: 2 * told.length });
  const textsOf = (channelName: string): readonly (string | undefined)[] =>
    records
      .filter((record) => record.key?.toString().endsWith(`/${channelName}`) === true)
      .map((record) => record.value?.toString());
  for (const channelName of ["room", "hall"]) {
    const expected = ofChannel(told, channelName).map((event) => JSON.stringify(event));
    expect(textsOf(channelName)).toEqual([...expected, ...expected]);
  }
});

test("the compacted topic ends with each attempt as it was left, under its own key", async () => {
  const world = await openReconciling();
  const { kafka, topics, relay } = await openRelay(world);
  await storiesInOutbox(world);
  const snapshots = (await world.store.outboxRead(0, 1_000)).flatMap((entry) => entry.snapshots);
  await relay();
  const records = await readTopic(kafka, { topic: topics.snapshots, count: snapshots.length });
  const last = new Map(
    records.map((record): [string | undefined, unknown] => [
      record.key?.toString(),
      JSON.parse(record.value?.toString() ?? ""),
    ]),
  );
  expect([...last.keys()].map((key) => key?.slice(33)).toSorted()).toEqual(["hall/1", "room/1"]);
  for (const snapshot of last.values()) expect(snapshot).toMatchObject({ schemaVersion: 1, attempt: { st: "CLOSED" } });
});
