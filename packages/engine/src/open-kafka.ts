import { checkKafka, createKafka, createProducer, toKafkaError } from "@autorec/service-kit";
import type { KafkaProducer, KafkaSettings, Logger } from "@autorec/service-kit";
import { topicNames } from "@autorec/settings";
import type { TopicNames } from "@autorec/settings";
import type { Admin, Kafka } from "kafkajs";
import type { EngineConfig } from "./engine-config.ts";
import type { Start } from "./interruptible-start.ts";
import type { OpenedProcess } from "./open-process.ts";
import { prepareTopics } from "./prepare-topics.ts";

/** Kafka, with everything of it that both services use; admin and producer are connected, the topics exist. */
export interface OpenedKafka {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly producer: KafkaProducer;
  readonly topics: TopicNames;
}

/** Waits for Kafka, prepares the topics, connects and registers the end. @throws AutorecError REC_KAFKA_UNREACHABLE; KafkaError */
export async function openKafka(config: EngineConfig, { log }: OpenedProcess, start: Start): Promise<OpenedKafka> {
  const kafka = createKafka(config.kafka, { log });
  const admin = kafka.admin();
  start.onStop("kafka admin", () => admin.disconnect());
  await start.waitFor("kafka", () => reachKafka(config.kafka, log), "REC_KAFKA_UNREACHABLE");
  await admin.connect();
  const topics = topicNames(config.deployment.topicPrefix);
  // A topic that was made a moment ago may have no leader yet, and another process may be making the same.
  await start.waitFor(
    "kafka topics",
    () => prepareTopics(admin, { ...topics, recordingEvents: config.deployment.recordingTopic }, log),
    "REC_KAFKA_UNREACHABLE",
  );
  const producer = createProducer(kafka);
  await producer.connect();
  start.onStop("kafka producer", () => producer.disconnect());
  return { kafka, admin, producer, topics };
}

/**
 * Asks once, through a client that neither repeats for long nor logs: the wait around it repeats, and says what is missing
 * with the reason of the last try.
 */
async function reachKafka(settings: KafkaSettings, log: Logger): Promise<void> {
  const admin = createKafka(settings, { log: log.child({}, { level: "silent" }), retries: 1 }).admin();
  try {
    try {
      await admin.connect();
    } catch (err) {
      throw toKafkaError("connecting to Kafka", err);
    }
    await checkKafka(admin);
  } finally {
    await admin.disconnect();
  }
}
