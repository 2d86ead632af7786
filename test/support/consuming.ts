import { createAdmin, createKafkaFor } from "./kafka.ts";
import type { ChannelRef, SessionStore } from "@autorec/session-store";
import { createSessionStore } from "@autorec/session-store";
import { createLogger, createMetrics, createProducer, ensureTopics, systemClock } from "@autorec/service-kit";
import type { Metrics } from "@autorec/service-kit";
import type { Admin, KafkaMessage } from "kafkajs";
import { onTestFinished, vi } from "vitest";
import { createConsuming } from "../../services/consumer/src/start-consuming.ts";
import type { Consuming } from "../../services/consumer/src/start-consuming.ts";
import { readTopic } from "./read-topic.ts";
import { deletePrefix, openBareRedis, randomPrefix, testRedisUrl } from "./redis.ts";
import { looking } from "./looking.ts";

/** What a test says about a record; the rest is filled in. */
export interface TestMessage {
  readonly partition?: number;
  readonly key?: string;
  readonly value: Buffer | string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timestampMs?: number;
}

export interface RunningConsumer extends Consuming {
  readonly metrics: Metrics;
  /** Channels that were looked at, in order. */
  readonly looks: readonly string[];
  /** As on SIGTERM: resolves when the group is left. */
  stop(): Promise<void>;
}

export interface ConsumingOptions {
  readonly redisUrl?: string;
  readonly partitions?: number;
}

export interface RunOptions {
  readonly store?: Partial<Pick<SessionStore, "applyPresence">>;
  readonly reconcile?: (ref: ChannelRef) => Promise<unknown>;
  readonly queueLimits?: { readonly runningMax: number; readonly waitingMax: number };
}

export interface ConsumingFixture {
  readonly store: SessionStore;
  readonly admin: Admin;
  readonly prefix: string;
  readonly topic: string;
  readonly groupId: string;
  produce(messages: readonly TestMessage[]): Promise<void>;
  run(options?: RunOptions): RunningConsumer;
  /** The offset that the group would go on with, per partition; -1 = none yet. */
  committed(): Promise<readonly number[]>;
  /** Everything on the dead-letter topic. */
  deadLetters(count: number): Promise<readonly KafkaMessage[]>;
}

const sessionMs = 3_000;
const shardCount = 2;

/** Topics, a group and a key prefix of its own; everything is deleted when the test ends. */
export async function openConsuming(options: ConsumingOptions = {}): Promise<ConsumingFixture> {
  const prefix = randomPrefix();
  const partitions = options.partitions ?? 1;
  const { log } = createLogger({ service: "consumer", instanceId: prefix, version: "0", level: "silent" });
  const kafka = createKafkaFor(log);
  const admin = await createAdmin(kafka);
  const producer = createProducer(kafka);
  await producer.connect();
  const topics = { channelEvents: `${prefix}.rtc.channel-events`, deadLetters: `${prefix}.rtc.channel-events.dlq` };
  // A broker that is busy does not know a topic yet that it has just made.
  await vi.waitFor(
    () =>
      ensureTopics(admin, [
        { topic: topics.channelEvents, partitions, cleanupPolicy: "delete" },
        { topic: topics.deadLetters, partitions: 1, cleanupPolicy: "delete" },
      ]),
    { timeout: 15_000, interval: 200 },
  );
  const redisUrl = options.redisUrl ?? testRedisUrl();
  const store = createSessionStore({ redis: { url: redisUrl }, prefix, shardCount });
  const running: RunningConsumer[] = [];
  onTestFinished(async () => {
    await Promise.all(running.map((consumer) => consumer.stop()));
    await store.close();
    const redis = openBareRedis(redisUrl);
    await deletePrefix(redis, prefix);
    await redis.quit();
    await producer.disconnect();
    await admin.deleteTopics({ topics: Object.values(topics) });
    await admin.disconnect();
  });

  const run = (runOptions: RunOptions = {}): RunningConsumer => {
    const consumer = runConsumer({ kafka, admin, producer, store, topics, log, groupId: prefix }, runOptions);
    running.push(consumer);
    return consumer;
  };

  return {
    store,
    admin,
    prefix,
    topic: topics.channelEvents,
    groupId: prefix,
    run,
    async produce(messages) {
      // One request each: a record of full size fills a request by itself.
      for (const message of messages)
        await producer.send({ topic: topics.channelEvents, messages: [kafkaMessage(message)] });
    },
    async committed() {
      const [entry] = await admin.fetchOffsets({ groupId: prefix, topics: [topics.channelEvents] });
      return (entry?.partitions ?? [])
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ offset }) => Number(offset));
    },
    deadLetters: (count) => readTopic(kafka, { topic: topics.deadLetters, count }),
  };
}

type ConsumingWorld = Pick<
  Parameters<typeof createConsuming>[0],
  "kafka" | "admin" | "producer" | "topics" | "groupId" | "log"
> & { readonly store: SessionStore };

/** A consumer as a process would run it, in this process. */
function runConsumer(
  { store, ...world }: ConsumingWorld,
  { queueLimits, reconcile, store: overrides }: RunOptions,
): RunningConsumer {
  const stopping = new AbortController();
  const looks: string[] = [];
  const metrics = createMetrics({ version: "0", apps: [], accounts: [], scripts: [], processMetrics: false });
  const consuming = createConsuming({
    ...world,
    store: {
      applyPresence: (ref, update) => (overrides?.applyPresence ?? store.applyPresence)(ref, update),
      highestHold: (shard, partition) => store.highestHold(shard, partition),
      releaseHolds: (shard, partition, offset) => store.releaseHolds(shard, partition, offset),
      confirmReplicated: () => store.confirmReplicated(),
      nowMs: () => store.nowMs(),
    },
    shardCount,
    apps: { appIds: new Set(["app"]), onlyAppId: "app" },
    sessionMs,
    rebalanceMs: sessionMs,
    work: looking(store, async (ref) => {
      looks.push(ref.channelName);
      await reconcile?.(ref);
    }),
    ...(queueLimits === undefined ? {} : { queueLimits }),
    clock: systemClock,
    metrics,
  });
  const ended = Promise.all([consuming.readEvents(stopping.signal), consuming.watchPartitions(stopping.signal)]);
  return {
    ...consuming,
    metrics,
    looks,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

function kafkaMessage({ headers, key, partition, timestampMs, value }: TestMessage) {
  return {
    value: value ?? null,
    ...(key === undefined ? {} : { key }),
    ...(partition === undefined ? {} : { partition }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(timestampMs === undefined ? {} : { timestamp: String(timestampMs) }),
  };
}

const dayMs = 86_400_000;

/** Our own event as a record; `ageMs` is how long ago it was said. */
export function event(
  kind: "joined" | "left",
  channelName: string,
  more: {
    readonly uid?: number;
    readonly clientSeq?: number | string;
    readonly ageMs?: number;
    readonly partition?: number;
  } = {},
): TestMessage {
  const { uid = 7, ageMs = 0, clientSeq = kind === "joined" ? 1 : 2, partition } = more;
  const atMs = Date.now() - ageMs;
  const body = { schemaVersion: 1, type: `participant.${kind}`, appId: "app", channelName, uid, clientSeq, atMs };
  return {
    key: channelName,
    value: JSON.stringify(kind === "left" ? { ...body, reason: 1 } : body),
    timestampMs: atMs,
    ...(partition === undefined ? {} : { partition }),
  };
}

export const daysAgo = { ageMs: 3 * dayMs } as const;

export const channel = (channelName: string): ChannelRef => ({ appId: "app", channelName });
