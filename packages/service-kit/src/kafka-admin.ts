import type { Admin, ITopicConfig } from "kafkajs";
// Node finds some names of this CommonJS package by itself, these not: they are reached through its default.
import kafkajs from "kafkajs";
import { systemClock } from "./clock.ts";
import { toKafkaError } from "./kafka-error.ts";

/** A topic as it should be. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly cleanupPolicy: "delete" | "compact";
  /** For `delete` only; the broker's default when absent. */
  readonly retentionMs?: number;
  /** The broker's default when absent. */
  readonly replicationFactor?: number;
}

/** A topic that somebody made with another setting; harmless or not is for the caller to say. */
export interface TopicDifference {
  readonly topic: string;
  readonly setting: string;
  readonly expected: string;
  readonly actual: string;
}

/** Which topics were missing and are there now, and how the others differ from what was asked. */
export interface EnsuredTopics {
  readonly created: readonly string[];
  readonly differences: readonly TopicDifference[];
}

/** Makes the topics that are missing, changes none that exist, and reports where those differ. @throws KafkaError */
export async function ensureTopics(admin: Admin, specs: readonly TopicSpec[]): Promise<EnsuredTopics> {
  try {
    const existing = new Set(await admin.listTopics());
    const missing = specs.filter((spec) => !existing.has(spec.topic));
    await createTopics(admin, missing.map(topicConfig));
    const differences = await differencesOf(
      admin,
      specs.filter((spec) => existing.has(spec.topic)),
    );
    return { created: missing.map((spec) => spec.topic), differences };
  } catch (error) {
    throw toKafkaError("preparing Kafka topics", error, { topics: specs.map((spec) => spec.topic).join(",") });
  }
}

/**
 * Makes topics, and waits until the broker knows each with its leaders: one that it has just made it may still call unknown,
 * which kafkajs's own wait takes for an error. It is as good when another process was faster. Rejects with kafkajs's errors.
 */
export async function createTopics(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  if (topics.length === 0) return;
  await admin.createTopics({ topics: [...topics], waitForLeaders: false, timeout: 15_000 });
  await retrying(() => admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) }));
}

function topicConfig(spec: TopicSpec): ITopicConfig {
  return {
    topic: spec.topic,
    numPartitions: spec.partitions,
    replicationFactor: spec.replicationFactor ?? -1,
    configEntries: [
      { name: "cleanup.policy", value: spec.cleanupPolicy },
      ...(spec.retentionMs === undefined ? [] : [{ name: "retention.ms", value: String(spec.retentionMs) }]),
    ],
  };
}

async function differencesOf(admin: Admin, specs: readonly TopicSpec[]): Promise<TopicDifference[]> {
  if (specs.length === 0) return [];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: specs.map((spec) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: spec.topic,
      configNames: ["cleanup.policy", "retention.ms"],
    })),
  });
  return specs.flatMap((spec) => {
    const entries = resources.find((resource) => resource.resourceName === spec.topic)?.configEntries ?? [];
    const actual = (name: string): string => entries.find((entry) => entry.configName === name)?.configValue ?? "";
    const retention = Number(actual("retention.ms"));
    return [
      ...(actual("cleanup.policy") === spec.cleanupPolicy
        ? []
        : [
            {
              topic: spec.topic,
              setting: "cleanup.policy",
              expected: spec.cleanupPolicy,
              actual: actual("cleanup.policy"),
            },
          ]),
      ...(spec.retentionMs === undefined || retention < 0 || retention >= spec.retentionMs
        ? []
        : [
            {
              topic: spec.topic,
              setting: "retention.ms",
              expected: `≥ ${spec.retentionMs}`,
              actual: String(retention),
            },
          ]),
    ];
  });
}

/** Offset that the next record of each partition will get. @throws KafkaError */
export async function fetchEndOffsets(admin: Admin, topic: string): Promise<ReadonlyMap<number, bigint>> {
  try {
    return new Map((await admin.fetchTopicOffsets(topic)).map((entry) => [entry.partition, BigInt(entry.high)]));
  } catch (error) {
    throw toKafkaError("reading the end offsets", error, { topic });
  }
}

/** Records per partition that a group has yet to commit; without a commit, all that the topic still holds. @throws KafkaError */
export async function fetchGroupLag(
  admin: Admin,
  target: { readonly groupId: string; readonly topic: string },
): Promise<ReadonlyMap<number, number>> {
  const { groupId, topic } = target;
  try {
    const [ends, committed] = await Promise.all([
      admin.fetchTopicOffsets(topic),
      retrying(() => admin.fetchOffsets({ groupId, topics: [topic] })),
    ]);
    const offsets = new Map(
      committed.flatMap((entry) =>
        entry.partitions.map(({ offset, partition }) => [partition, BigInt(offset)] as const),
      ),
    );
    return new Map(
      ends.map((end) => {
        const low = BigInt(end.low);
        const offset = offsets.get(end.partition) ?? -1n;
        return [end.partition, Number(BigInt(end.high) - (offset < low ? low : offset))] as const;
      }),
    );
  } catch (error) {
    throw toKafkaError("reading the lag of the group", error, { groupId, topic });
  }
}

const triesMax = 60;
const pauseMs = 250;

/**
 * kafkajs does not repeat these itself: a broker that has just made its offsets topic is not ready as coordinator for a while,
 * nor does it know a topic's leaders at once.
 */
async function retrying<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const again = error instanceof kafkajs.KafkaJSError && error.retriable && attempt < triesMax;
      if (!again) throw error;
      await systemClock.sleep(pauseMs);
    }
  }
}

/** Answers the number of brokers; for start-up waits and /readyz. @throws KafkaError */
export async function checkKafka(admin: Admin): Promise<number> {
  try {
    return (await admin.describeCluster()).brokers.length;
  } catch (error) {
    throw toKafkaError("asking Kafka for its brokers", error);
  }
}
