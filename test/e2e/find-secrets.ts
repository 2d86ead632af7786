import { readFile } from "node:fs/promises";
import type { Stack } from "@autorec/demo";
import type { Devstack } from "@autorec/devstack";
import { Redis } from "ioredis";
import { Kafka, logLevel } from "kafkajs";

/** Searches everything that a run has written for the secrets that it was given (I10); answers where one was found. */
export async function findSecrets(
  stack: Stack,
  devstack: Pick<Devstack, "kafkaBrokers" | "redisUrl">,
): Promise<readonly string[]> {
  const { appCertificate, customerSecret, storageAccessKey, storageSecretKey, customerId } = stack.secrets;
  const basic = Buffer.from(`${customerId}:${customerSecret}`).toString("base64");
  const secrets = [appCertificate, customerSecret, storageAccessKey, storageSecretKey, basic];
  // Agora's tokens begin with 007 and the start of a zlib stream.
  const isLeak = (text: string): boolean =>
    secrets.some((secret) => text.includes(secret)) || /007eJx[A-Za-z0-9+/]{40}/.test(text);
  const places = [
    ...(await logTexts(stack)),
    ...(await redisTexts(stack, devstack)),
    ...(await kafkaTexts(stack, devstack)),
  ];
  return places.filter(({ text }) => isLeak(text)).map(({ place }) => place);
}

interface Place {
  readonly place: string;
  readonly text: string;
}

async function logTexts(stack: Stack): Promise<readonly Place[]> {
  const paths = [
    ...[...stack.services.values(), stack.simulatorProcess].flatMap((process) => process.logPaths),
    stack.historyPath,
  ];
  return Promise.all(paths.map(async (path) => ({ place: path, text: await readFile(path, "utf8") })));
}

async function redisTexts(stack: Stack, { redisUrl }: Pick<Devstack, "redisUrl">): Promise<readonly Place[]> {
  const redis = new Redis(redisUrl, { protocol: 2 });
  try {
    const keys = await redis.keys(`${stack.runId}*`);
    return await Promise.all(keys.map(async (key) => ({ place: `redis ${key}`, text: await textOf(redis, key) })));
  } finally {
    redis.disconnect();
  }
}

async function textOf(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key);
  switch (type) {
    case "string":
      return (await redis.get(key)) ?? "";
    case "hash":
      return JSON.stringify(await redis.hgetall(key));
    case "set":
      return JSON.stringify(await redis.smembers(key));
    case "zset":
      return JSON.stringify(await redis.zrange(key, "0", "-1"));
    case "stream":
      return JSON.stringify(await redis.xrange(key, "-", "+"));
    default:
      return "";
  }
}

async function kafkaTexts(stack: Stack, { kafkaBrokers }: Pick<Devstack, "kafkaBrokers">): Promise<readonly Place[]> {
  const kafka = new Kafka({ brokers: kafkaBrokers.split(","), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topics = ["rtc.channel-events.dlq", "recording.lifecycle", "recording.snapshots"].map(
    (name) => `${stack.runId}.${name}`,
  );
  const counts = await Promise.all(
    topics.map(async (topic) =>
      (await admin.fetchTopicOffsets(topic)).map(({ high, low }) => Number(high) - Number(low)),
    ),
  );
  await admin.disconnect();
  const expected = counts.flat().reduce((sum, count) => sum + count, 0);
  const places: Place[] = [];
  if (expected === 0) return places;
  const consumer = kafka.consumer({ groupId: `${stack.runId}.secrets` });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(resolve, 10_000);
    consumer
      .run({
        eachMessage: ({ topic, partition, message }) => {
          const place = `${topic}/${String(partition)}@${message.offset}`;
          places.push({ place, text: `${message.value?.toString() ?? ""}${JSON.stringify(message.headers)}` });
          if (places.length >= expected) {
            clearTimeout(limit);
            resolve();
          }
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return places;
}
