import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";
import { Kafka, logLevel } from "kafkajs";

/** A broker may not know yet a topic that it has just made, and refuse to delete it. */
const triesMax = 5;
const pauseMs = 200;

/** Removes what a run made in Kafka and Redis that may belong to somebody else: its topics, its group, its keys. */
export async function cleanUp(run: {
  readonly runId: string;
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
}): Promise<void> {
  await Promise.allSettled([deleteTopics(run), deleteKeys(run)]);
}

async function deleteTopics(run: { readonly runId: string; readonly kafkaBrokers: string }): Promise<void> {
  const kafka = new Kafka({ brokers: run.kafkaBrokers.split(","), logLevel: logLevel.NOTHING, retry: { retries: 1 } });
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${run.runId}.`));
      if (topics.length === 0) break;
      await admin.deleteTopics({ topics }).catch(() => setTimeout(pauseMs));
    }
    await admin.deleteGroups([`${run.runId}.consumer`]).catch(() => undefined);
  } finally {
    await admin.disconnect();
  }
}

async function deleteKeys(run: { readonly runId: string; readonly redisUrl: string }): Promise<void> {
  const redis = new Redis(run.redisUrl, { protocol: 2, maxRetriesPerRequest: 1 });
  // The failure arrives as a rejection; without a listener ioredis prints it as well.
  redis.on("error", () => undefined);
  try {
    let cursor = "0";
    do {
      const [next, keys] = await redis.scan(cursor, "MATCH", `${run.runId}*`, "COUNT", 500);
      if (keys.length > 0) await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== "0");
  } finally {
    redis.disconnect();
  }
}
