import { startStack } from "@autorec/demo";
import type { Stack } from "@autorec/demo";
import { fastDurations } from "@autorec/domain";
import { createProducer } from "@autorec/service-kit";
import { readHistory } from "@autorec/simulator/judge";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countIntake } from "../support/count-intake.ts";
import { createAdmin, testKafkaBrokers } from "../support/kafka.ts";
import { testRedisUrl } from "../support/redis.ts";
import { silentKafka } from "../support/service-deployment.ts";

const patienceMs = 60_000;
const weekMs = 7 * 86_400_000;
const names = Array.from({ length: 60 }, (_, i) => `last-week-${String(i)}`);
const devstack = { kafkaBrokers: testKafkaBrokers(), redisUrl: testRedisUrl() };

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    devstack,
    consumers: 1,
    watchdogs: 1,
    durations: fastDurations,
    requestsPerSecond: 200,
    delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
    seed: 1,
  });
});

afterAll(() => stack.stop());

/** What a topic holds after somebody has copied last week's records into it: those of then, with the times of then. */
async function replayLastWeek(): Promise<void> {
  const topic = `${stack.runId}.rtc.channel-events`;
  const kafka = silentKafka();
  const admin = await createAdmin(kafka);
  const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition }) => partition);
  await admin.disconnect();
  const producer = createProducer(kafka);
  await producer.connect();
  const joinedAtMs = Date.now() - weekMs;
  const said = (type: "joined" | "left", clientSeq: number) =>
    names.map((channelName) => {
      const atMs = joinedAtMs + clientSeq;
      const who = { appId: stack.secrets.appId, channelName, uid: 7, clientSeq, atMs };
      const value = {
        schemaVersion: 1,
        type: `participant.${type}`,
        ...who,
        ...(type === "left" ? { reason: 1 } : {}),
      };
      return { key: channelName, value: JSON.stringify(value), timestamp: String(atMs) };
    });
  await producer.send({ topic, messages: said("joined", 1) });
  // Large and unreadable: each partition's leaves come several fetches after its joins.
  const filler = partitions.map((partition) => ({ partition, value: Buffer.alloc(700_000) }));
  for (let i = 0; i < 4; i += 1) for (const message of filler) await producer.send({ topic, messages: [message] });
  await producer.send({ topic, messages: said("left", 2) });
  await producer.disconnect();
}

test("a replayed topic of last week starts nothing, and who comes afterwards is recorded as always", async () => {
  const consumer = stack.services.get("consumer-1");
  consumer?.signal("SIGKILL");
  await replayLastWeek();
  await consumer?.start();
  expect(await countIntake(stack, devstack)).toMatchObject({ uncommitted: 0 });
  await stack.simulator.join({ channelName: "today", uid: 1 });
  const hasToday: Parameters<Stack["simulator"]["waitFor"]>[1] = ({ channels }) =>
    channels.some(({ channelName, recorders }) => channelName === "today" && recorders.length > 0);
  await stack.simulator.waitFor("today's channel is recorded", hasToday, patienceMs);
  const asked = (await readHistory(stack.historyPath)).flatMap((line) =>
    line.kind === "request" && line.call !== "query" ? [line.channelName] : [],
  );
  expect([...new Set(asked)]).toEqual(["today"]);
});
