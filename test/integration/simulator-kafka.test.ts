import { randomUUID } from "node:crypto";
import { Kafka, logLevel } from "kafkajs";
import { startDevstack } from "@autorec/devstack";
import { createTopics } from "@autorec/service-kit";
import { startSimulator } from "@autorec/simulator";
import { expect, inject, test, vi } from "vitest";
import { z } from "zod";

const appId = "0123456789abcdef0123456789abcdef";
const account = { customerId: "customer", customerSecret: "planted-customer-secret", apps: [{ appId }] };

interface Received {
  readonly key: string;
  readonly appId: string;
  readonly body: unknown;
}

async function createTopic(brokers: string): Promise<{ readonly kafka: Kafka; readonly topic: string }> {
  const kafka = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING });
  const topic = `${randomUUID()}.rtc.channel-events`;
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: 3 }]);
  await admin.disconnect();
  return { kafka, topic };
}

/** Everything on the topic, until so many records are there. */
async function readAll(kafka: Kafka, topic: string, count: number): Promise<readonly Received[]> {
  const received: Received[] = [];
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      const body: unknown = JSON.parse(String(message.value));
      received.push({ key: String(message.key), appId: String(message.headers?.["app-id"]), body });
      return Promise.resolve();
    },
  });
  await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(count), 15_000);
  await consumer.disconnect();
  return received;
}

test("people and recorders are published as raw notifications, in order per channel, each as often as told", async () => {
  const { kafka, topic } = await createTopic(inject("kafkaBrokers"));
  const lines: string[] = [];
  await using simulator = await startSimulator({
    settings: { profile: "fast", accounts: [account], delivery: { copies: 2 } },
    kafka: { brokers: inject("kafkaBrokers").split(","), topic },
    onHistoryLine: (line) => lines.push(line),
  });
  for (const channelName of ["hall", "room"]) {
    await simulator.client.join({ channelName, uid: 1 });
    await simulator.client.leave({ channelName, uid: 1, reason: 2 });
  }
  const received = await readAll(kafka, topic, 16);
  expect(received.every((record) => record.appId === appId)).toBe(true);
  for (const channelName of ["hall", "room"]) {
    const bodies = received.filter(({ key }) => key === channelName).map(({ body }) => body);
    expect(bodies).toMatchObject(
      [101, 101, 103, 103, 104, 104, 102, 102].map((eventType) => ({
        productId: 1,
        eventType,
        payload: { channelName },
      })),
    );
    expect(bodies[4]).toMatchObject({ payload: { uid: 1, reason: 2, duration: 0 } });
  }
  await simulator.client.waitFor("every event to be acknowledged", ({ pendingEvents }) => pendingEvents === 0);
  expect(lines.filter((line) => line.includes(`"kind":"event"`) && line.includes(`"ackedAtMs"`))).toHaveLength(8);
});

test("what happens to recordings is published on a topic of its own, in order per channel, when it is asked for", async () => {
  const { topic } = await createTopic(inject("kafkaBrokers"));
  const { kafka, topic: recordingTopic } = await createTopic(inject("kafkaBrokers"));
  await using simulator = await startSimulator({
    settings: { profile: "fast", accounts: [account] },
    kafka: { brokers: inject("kafkaBrokers").split(","), topic, recordingTopic },
  });
  for (const channelName of ["hall", "room"]) await recordAndStop(simulator.baseUrl, channelName);
  const received = await readAll(kafka, recordingTopic, 8);
  expect(received.every((record) => record.appId === appId)).toBe(true);
  for (const channelName of ["hall", "room"]) {
    expect(received.filter(({ key }) => key === channelName).map(({ body }) => body)).toMatchObject(
      [30, 40, 41, 11].map((eventType, sequence) => ({
        productId: 3,
        eventType,
        payload: { cname: channelName, uid: "7", sequence },
      })),
    );
  }
  await simulator.client.waitFor("every event to be acknowledged", (state) => state.pendingNotifications === 0);
});

/** acquire, start and stop of a recorder alone in its channel. */
async function recordAndStop(baseUrl: string, cname: string): Promise<void> {
  const call = async (path: string, clientRequest: unknown) => {
    const response = await fetch(`${baseUrl}/v1/apps/${appId}/cloud_recording/${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Basic ${Buffer.from("customer:planted-customer-secret").toString("base64")}`,
      },
      body: JSON.stringify({ cname, uid: "7", clientRequest }),
    });
    return idsSchema.parse(await response.json());
  };
  const { resourceId = "" } = await call("acquire", {});
  const storageConfig = { vendor: 1, region: 0, bucket: "b", accessKey: "planted-key", secretKey: "planted-key" };
  const mode = `resourceid/${resourceId}/mode/mix`;
  const { sid = "" } = await call(`${mode}/start`, { recordingConfig: { channelType: 0 }, storageConfig });
  await call(`resourceid/${resourceId}/sid/${sid}/mode/mix/stop`, {});
}

const idsSchema = z.looseObject({ resourceId: z.string().optional(), sid: z.string().optional() });

test("an outage of the broker delays events, loses none and keeps their order", { timeout: 120_000 }, async () => {
  const devstack = await startDevstack({ redis: false, ownBroker: true, log: () => undefined });
  try {
    const { kafka, topic } = await createTopic(devstack.kafkaBrokers);
    const warnings: string[] = [];
    await using simulator = await startSimulator({
      settings: { profile: "fast", accounts: [account], switches: { channelEvents: false } },
      kafka: { brokers: devstack.kafkaBrokers.split(","), topic },
      warn: (message) => warnings.push(message),
    });
    const { client } = simulator;
    await client.join({ channelName: "room", uid: 1 });
    await client.waitFor("the first event", ({ pendingEvents }) => pendingEvents === 0);
    await devstack.stopKafka();
    for (let uid = 2; uid <= 20; uid += 1) await client.join({ channelName: "room", uid });
    expect((await client.state()).pendingEvents).toBe(19);
    await devstack.startKafka();
    await client.waitFor("the events of the outage", ({ pendingEvents }) => pendingEvents === 0, 30_000);
    const received = await readAll(kafka, topic, 20);
    const uids = received.map(({ body }) => Number(/"uid":(\d+)/.exec(JSON.stringify(body))?.[1]));
    expect([...new Set(uids)]).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(warnings).toHaveLength(2);
  } finally {
    await devstack.stop();
  }
});
