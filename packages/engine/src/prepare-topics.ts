import { ensureTopics } from "@autorec/service-kit";
import type { Logger } from "@autorec/service-kit";
import type { TopicNames } from "@autorec/settings";
import type { Admin } from "kafkajs";

/** Partitions of the topics that are made when they are missing; more consumers than these stay idle. */
const partitionsDefault = 12;
/** Events are kept at least as long as an old one may still act. */
const eventRetentionMs = 7 * 24 * 60 * 60 * 1_000;

/** Makes the four topics where they are missing, and warns of those that somebody made with other settings. @throws KafkaError */
export async function prepareTopics(
  admin: Admin,
  topics: TopicNames & { readonly recordingEvents: string | undefined },
  log: Logger,
): Promise<void> {
  const { recordingEvents } = topics;
  const { differences } = await ensureTopics(admin, [
    {
      topic: topics.channelEvents,
      partitions: partitionsDefault,
      cleanupPolicy: "delete",
      retentionMs: eventRetentionMs,
    },
    { topic: topics.deadLetters, partitions: partitionsDefault, cleanupPolicy: "delete" },
    { topic: topics.lifecycle, partitions: partitionsDefault, cleanupPolicy: "delete" },
    { topic: topics.snapshots, partitions: partitionsDefault, cleanupPolicy: "compact" },
    ...(recordingEvents === undefined
      ? []
      : [{ topic: recordingEvents, partitions: partitionsDefault, cleanupPolicy: "delete" as const }]),
  ]);
  for (const difference of differences) log.warn({ ...difference }, "kafka topic differs from what autorec would make");
}
