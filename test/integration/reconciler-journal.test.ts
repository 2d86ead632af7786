import { createJournal } from "@autorec/engine";
import { createLogger, createProducer, createTopics } from "@autorec/service-kit";
import { expect, onTestFinished, test } from "vitest";
import { createAdmin, createKafkaFor } from "../support/kafka.ts";
import { readTopic } from "../support/read-topic.ts";
import { openReconciling } from "../support/reconciler.ts";

test("I8: the broker has the READY attempt before its start is sent", async () => {
  const world = await openReconciling();
  const { log } = createLogger({ service: "test", instanceId: "journal", version: "0", level: "silent" });
  const kafka = createKafkaFor(log);
  const admin = await createAdmin(kafka);
  const topic = `${world.prefix}.recording.snapshots`;
  // The broker's own clock stamps the record: when it was written, not when somebody wanted to write it.
  const configEntries = [{ name: "message.timestamp.type", value: "LogAppendTime" }];
  await createTopics(admin, [{ topic, numPartitions: 1, configEntries }]);
  const producer = createProducer(kafka);
  await producer.connect();
  onTestFinished(async () => {
    await producer.disconnect();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  });

  // An answer takes its time, so that whatever comes after the start comes visibly later.
  await world.simulator.client.fault({ fault: "delay", delayMs: 200, match: { call: "start" } });
  await world.join(7);
  await world.worker("w1", { journal: createJournal({ producer, topic }) }).reconcile("room");

  const [start] = world.requests("start");
  const [record] = await readTopic(kafka, { topic, count: 1 });
  const snapshot: unknown = JSON.parse(record?.value?.toString() ?? "");
  expect(record?.key?.toString()).toMatch(/\/room\/1$/);
  const attempt = { n: 1, st: "READY", uid: start?.uid, resourceId: start?.resourceId };
  expect(snapshot).toMatchObject({ schemaVersion: 1, attempt });
  expect(Number(record?.timestamp)).toBeLessThanOrEqual(start?.startedAtMs ?? 0);
});
