import type { HeaderValue } from "@autorec/events/schema";

/** One record of `rtc.channel-events` as the broker delivered it. */
export interface InputRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Timestamp of the record, ms. */
  readonly timestampMs: number;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  readonly headers: Readonly<Record<string, HeaderValue>>;
}

/** The records of one fetch of one partition, in order of offset. */
export interface InputBatch {
  readonly partition: number;
  readonly records: readonly InputRecord[];
  /** Offset that is read next once this batch is done. */
  readonly nextOffset: string;
  /** Offset that the next record of the partition will get, as known when the batch was fetched. */
  readonly endOffset: string;
}

/** Kafka's offsets are 64 bit: they are compared as integers, never through a double. */
export function hasReached(offset: string, target: string): boolean {
  return BigInt(offset) >= BigInt(target);
}
