import type { Kafka } from "kafkajs";
import { isControlKey } from "./control-journal.ts";

/** Longest silence of the broker while the journal is being read; then the count is not to be had. */
const silenceMsMax = 15_000;

/**
 * How many attempts the compacted topic still names, by reading it to the end known at the start. Cheap for a fresh
 * deployment: an empty topic is not read at all.
 */
export async function countJournalled(
  kafka: Kafka,
  options: { readonly topic: string; readonly groupId: string },
): Promise<number> {
  const { topic, groupId } = options;
  const ends = await endOffsets(kafka, topic);
  if (ends.size === 0) return 0;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false });
  const living = new Set<string>();
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const watchdog = setTimeout(
        reject,
        silenceMsMax,
        new Error(`${topic} could not be read within ${String(silenceMsMax)} ms`),
      );
      const progress = (partition: number, nextOffset: bigint): void => {
        watchdog.refresh();
        if (nextOffset >= (ends.get(partition) ?? 0n)) ends.delete(partition);
        if (ends.size > 0) return;
        clearTimeout(watchdog);
        resolve();
      };
      consumer
        .run({
          autoCommit: false,
          eachBatch: ({ batch }) => {
            for (const { key, value } of batch.messages) {
              if (key === null || isControlKey(key.toString())) continue;
              if (value === null) living.delete(key.toString());
              else living.add(key.toString());
            }
            progress(batch.partition, BigInt(batch.lastOffset()) + 1n);
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    return living.size;
  } finally {
    await consumer.disconnect();
    await deleteGroup(kafka, groupId);
  }
}

/** Partitions that hold anything, with the offset that their next record will get. */
async function endOffsets(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(
      offsets.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, BigInt(high)]),
    );
  } finally {
    await admin.disconnect();
  }
}

async function deleteGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteGroups([groupId]);
  } finally {
    await admin.disconnect();
  }
}
