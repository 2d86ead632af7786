import type { Admin, EachBatchPayload, Kafka } from "kafkajs";

/** Longest silence of the broker while a topic is being read; then it is not to be had now. */
const silenceMsMax = 15_000;

/** What is read, and who gets it. */
export interface ReadToEndOptions {
  readonly topic: string;
  /** A group that nobody else uses; it is deleted afterwards. */
  readonly groupId: string;
  /** Records before this time (ms since the epoch) are left out; absent = from the beginning of the topic. */
  readonly sinceMs?: number;
  /** Batches of one partition come in order and never overlap. A rejection ends the reading with it. */
  readonly onBatch: (payload: EachBatchPayload) => Promise<void> | void;
  /** Ends the reading early; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a topic to the end known at the start, without a trace in anybody's offsets. Cheap for an empty topic: it is not
 * read at all. Rejects when the broker is silent for long.
 */
export async function readToEnd(kafka: Kafka, options: ReadToEndOptions): Promise<void> {
  const { groupId, onBatch, signal, topic } = options;
  const spans = await withAdmin(kafka, (admin) => spansOf(admin, options));
  if (spans.size === 0) return;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const watchdog = setTimeout(
        reject,
        silenceMsMax,
        new Error(`${topic} could not be read within ${String(silenceMsMax)} ms`),
      );
      const end = (how: () => void): void => {
        clearTimeout(watchdog);
        how();
      };
      signal?.addEventListener("abort", () => end(() => reject(reasonOf(signal))), { once: true });
      const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
        watchdog.refresh();
        const { lastOffset, partition } = lastOf(payload);
        if (!spans.has(partition)) return;
        try {
          await onBatch(payload);
        } catch (err) {
          end(() => reject(err instanceof Error ? err : new Error("batch could not be handled", { cause: err })));
          return;
        }
        watchdog.refresh();
        if (lastOffset + 1n >= (spans.get(partition)?.end ?? 0n)) spans.delete(partition);
        if (spans.size === 0) end(resolve);
      };
      consumer.run({ autoCommit: false, eachBatch }).then(() => {
        for (const [partition, { start }] of spans) consumer.seek({ topic, partition, offset: String(start) });
      }, reject);
    });
  } finally {
    await consumer.disconnect();
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId]));
  }
}

interface Span {
  readonly start: bigint;
  /** Offset of the first record that is not read. */
  readonly end: bigint;
}

/** Partitions that hold anything to read. */
async function spansOf(admin: Admin, { sinceMs, topic }: ReadToEndOptions): Promise<Map<number, Span>> {
  const starts = new Map<number, bigint>();
  if (sinceMs !== undefined) {
    // The first record of that time or later; the end where there is none.
    for (const { offset, partition } of await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, sinceMs)))
      starts.set(partition, BigInt(offset));
  }
  const spans = (await admin.fetchTopicOffsets(topic)).map(({ high, low, partition }): [number, Span] => {
    const start = starts.get(partition) ?? 0n;
    return [partition, { start: start > BigInt(low) ? start : BigInt(low), end: BigInt(high) }];
  });
  return new Map(spans.filter(([, { end, start }]) => start < end));
}

function lastOf({ batch }: EachBatchPayload): { readonly partition: number; readonly lastOffset: bigint } {
  return { partition: batch.partition, lastOffset: BigInt(batch.lastOffset()) };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("reading was called off", { cause: signal.reason });
}

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
