import { randomUUID } from "node:crypto";
import {
  checkKafka,
  createKafka,
  createLogger,
  createProducer,
  ensureTopics,
  fetchEndOffsets,
  fetchGroupLag,
  KafkaError,
} from "@autorec/service-kit";
import type { Kafka } from "kafkajs";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";

const { log } = createLogger({
  service: "test",
  instanceId: "i",
  version: "v",
  level: "silent",
  stream: { write: () => undefined },
});
const topic = `t${randomUUID()}.rtc.channel-events`;
const kafkaAt = (brokers: string, retries?: number): Kafka =>
  createKafka(
    { brokers: brokers.split(","), clientId: "test", tls: undefined, sasl: undefined },
    { log, ...(retries === undefined ? {} : { retries }) },
  );

describe("helpers on a real broker", () => {
  const kafka = kafkaAt(inject("kafkaBrokers"));
  const admin = kafka.admin();
  const producer = createProducer(kafka);
  beforeAll(async () => {
    await Promise.all([admin.connect(), producer.connect()]);
  });
  afterAll(async () => {
    await admin.deleteTopics({ topics: [topic] });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });

  test("missing topics are made as asked, existing ones stay and are compared", async () => {
    const spec = { topic, partitions: 3, cleanupPolicy: "delete", retentionMs: 86_400_000 } as const;
    expect(await ensureTopics(admin, [spec])).toEqual({ created: [topic], differences: [] });
    expect(await ensureTopics(admin, [spec])).toEqual({ created: [], differences: [] });
    const other = { ...spec, cleanupPolicy: "compact", retentionMs: 172_800_000 } as const;
    expect((await ensureTopics(admin, [other])).differences).toEqual([
      { topic, setting: "cleanup.policy", expected: "compact", actual: "delete" },
      { topic, setting: "retention.ms", expected: "≥ 172800000", actual: "86400000" },
    ]);
    expect(await checkKafka(admin)).toBeGreaterThan(0);
  });

  test("end offsets and lag follow what was produced and committed, also without any commit", async () => {
    const messages = Array.from({ length: 5 }, () => ({ partition: 1, value: "x" }));
    await producer.send({ topic, messages });
    expect((await fetchEndOffsets(admin, topic)).get(1)).toBe(5n);
    const groupId = `g-${randomUUID()}`;
    expect([...(await fetchGroupLag(admin, { groupId, topic }))].sort()).toEqual([
      [0, 0],
      [1, 5],
      [2, 0],
    ]);
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 1, offset: "3" }] });
    expect((await fetchGroupLag(admin, { groupId, topic })).get(1)).toBe(2);
  });

  test("a connection that has nothing to send sets no timer: the patch of kafkajs is applied", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    try {
      await checkKafka(admin);
      await fetchEndOffsets(admin, topic);
      expect(timers.mock.calls.map(([, ms]) => ms).filter((ms) => ms !== undefined && ms < 0)).toEqual([]);
    } finally {
      timers.mockRestore();
    }
  });

  test("a record that the broker finds too large is refused for good", async () => {
    const refused = producer.send({ topic, messages: [{ value: Buffer.alloc(2_000_000) }] });
    await expect(refused).rejects.toMatchObject({ code: "REC_KAFKA_TOO_LARGE", retry: "terminal" });
  });
});

test("a broker that is not there is an error that may be tried again", async () => {
  const admin = kafkaAt("127.0.0.1:1", 0).admin();
  const failure = await checkKafka(admin).catch((error: unknown) => error);
  await admin.disconnect();
  expect(failure).toBeInstanceOf(KafkaError);
  expect(failure).toMatchObject({ code: "REC_KAFKA_UNREACHABLE", retry: "retry" });
});
