import type { Clock, Logger } from "@autorec/service-kit";
import type { Consumer, EachBatchPayload } from "kafkajs";
import type { BatchOutcome } from "./apply-batch.ts";
import type { InputBatch, InputRecord } from "./input-record.ts";
import { whileHeartbeating } from "./while-heartbeating.ts";

/** Partitions worked on side by side; batches of one partition never overlap. */
const partitionsAtOnceMax = 8;
/** Pause before a consumer that gave up for good is replaced by a new one. */
const renewMs = 1_000;

export interface EventTopicOptions {
  readonly topic: string;
  /** A new one each time: a consumer that crashed for good is not used again. */
  readonly createConsumer: () => Consumer;
  readonly sessionMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly handle: (batch: InputBatch, signal: AbortSignal) => Promise<BatchOutcome>;
  readonly onAssigned: (partitions: readonly number[]) => void;
  /** Not a member of the group any more, or not yet again. */
  readonly onRevoked: () => void;
  readonly onCommitted: (batch: InputBatch, held: boolean) => Promise<void>;
}

/**
 * Reads the event topic as a member of the group until the signal is aborted; then the batches under way are finished and
 * committed, and the group is left, so that the others take over at once. Survives everything that Kafka does meanwhile.
 */
export async function consumeEventTopic(options: EventTopicOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await consumeUntilCrash(options, signal);
    options.onRevoked();
    await options.clock.sleep(renewMs, signal);
  }
}

async function consumeUntilCrash(options: EventTopicOptions, signal: AbortSignal): Promise<void> {
  const { log, topic } = options;
  const consumer = options.createConsumer();
  const ended = new AbortController();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const partitions = payload.memberAssignment[topic] ?? [];
    log.info({ partitions, groupId: payload.groupId, joinMs: payload.duration }, "joined the group");
    options.onAssigned(partitions);
  });
  consumer.on(consumer.events.REBALANCING, options.onRevoked);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    options.onRevoked();
    log.warn({ err: payload.error, restart: payload.restart }, "kafka consumer crashed");
    // kafkajs restarts after errors that it calls retriable; after the others (no coordinator yet, say) we begin anew.
    if (!payload.restart) ended.abort();
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitionsAtOnceMax,
      eachBatch: (payload) => handlePayload(payload, options, signal),
    });
    await aborted(AbortSignal.any([signal, ended.signal]));
  } catch (err) {
    log.warn({ err }, "kafka consumer could not start, trying again");
  }
  try {
    await consumer.disconnect();
  } catch (err) {
    log.warn({ err }, "kafka consumer did not leave cleanly; the group notices after the session timeout");
  }
}

async function handlePayload(
  payload: EachBatchPayload,
  options: EventTopicOptions,
  signal: AbortSignal,
): Promise<void> {
  if (payload.isStale()) return;
  const batch = toInputBatch(payload);
  const outcome = await whileHeartbeating((stop) => options.handle(batch, stop), {
    heartbeat: () => payload.heartbeat(),
    everyMs: options.sessionMs / 6,
    clock: options.clock,
    signal,
  });
  const last = batch.records.at(-1);
  // Not resolved, not committed: whoever reads the partition next gets the batch again.
  if (outcome.kind === "abandoned" || last === undefined) return;
  // The payload's own commit, since the consumer's does nothing any more once it has been told to stop.
  const partitions = [{ partition: batch.partition, offset: batch.nextOffset }];
  await payload.commitOffsetsIfNecessary({ topics: [{ topic: options.topic, partitions }] });
  payload.resolveOffset(last.offset);
  await options.onCommitted(batch, outcome.held);
}

function toInputBatch({ batch }: EachBatchPayload): InputBatch {
  const { partition } = batch;
  return {
    partition,
    nextOffset: String(BigInt(batch.lastOffset()) + 1n),
    endOffset: batch.highWatermark,
    records: toInputRecords(batch),
  };
}

/** The records of a fetched batch. */
export function toInputRecords({ messages, partition, topic }: EachBatchPayload["batch"]): readonly InputRecord[] {
  return messages.map((message) => ({
    topic,
    partition,
    offset: message.offset,
    timestampMs: Number(message.timestamp),
    key: message.key ?? undefined,
    value: message.value ?? undefined,
    headers: message.headers ?? {},
  }));
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
