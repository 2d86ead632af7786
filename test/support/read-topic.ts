import type { Kafka, KafkaMessage } from "kafkajs";
import { randomPrefix } from "./redis.ts";

/** The records of a topic from its beginning, each partition in its order, once there are so many. */
export async function readTopic(
  kafka: Kafka,
  { topic, count }: { readonly topic: string; readonly count: number },
): Promise<readonly KafkaMessage[]> {
  const consumer = kafka.consumer({ groupId: randomPrefix(), maxWaitTimeInMs: 100 });
  const messages: KafkaMessage[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message }) => {
            messages.push(message);
            if (messages.length >= count) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return messages;
}
