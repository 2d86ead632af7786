import type { HeaderValue } from "@autorec/events/schema";
import type { DeadRecord } from "./sort-records.ts";

/** What is produced to `rtc.channel-events.dlq`. */
export interface DeadLetter {
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  readonly headers: Record<string, Buffer | string | (Buffer | string)[]>;
}

/**
 * What is kept of a value, tried in this order. Kafka's default limit of 1 MiB counts key and headers too, so a full-size
 * record plus headers would be refused; the shorter ones are for a dead-letter topic with a limit of its own.
 */
export const valueBytesKept = [900_000, 64_000, 0] as const;
const keyBytesMax = 16_384;
const originalHeadersBytesMax = 16_384;
/** One produce request carries one record batch per partition, and the limit holds for the batch. */
const requestBytesMax = 900_000;

/** A record with the cause of its death in headers; the bytes are the original ones, cut to what the topic takes. */
export function toDeadLetter(
  { record, code, message }: DeadRecord,
  valueBytesMax: number = valueBytesKept[0],
): DeadLetter {
  const { value, key } = record;
  const originals = copyHeaders(record.headers);
  const truncated = value !== undefined && value.length > valueBytesMax;
  return {
    key: key?.subarray(0, keyBytesMax),
    value: value?.subarray(0, valueBytesMax),
    headers: {
      ...(bytesOf(originals) > originalHeadersBytesMax ? {} : originals),
      "x-error-code": code,
      "x-error-message": message.slice(0, 500),
      "x-topic": record.topic,
      "x-partition": String(record.partition),
      "x-offset": record.offset,
      "x-timestamp": String(record.timestampMs),
      ...(truncated ? { "x-truncated-from": String(value.length) } : {}),
    },
  };
}

/** Letters as kafkajs takes them. */
export function deadLetterRecord(topic: string, letters: readonly DeadLetter[]) {
  // kafkajs wants null where a record has no key or no value.
  const messages = letters.map(({ headers, key, value }) => ({ headers, key: key ?? null, value: value ?? null }));
  return { topic, messages };
}

/** Splits dead records into groups whose letters stay below the limit together; one that is large by itself goes alone. */
export function inRequests(dead: readonly DeadRecord[]): readonly (readonly DeadRecord[])[] {
  const requests: DeadRecord[][] = [];
  let bytes = 0;
  for (const record of dead) {
    const letter = toDeadLetter(record);
    const size = (letter.key?.length ?? 0) + (letter.value?.length ?? 0) + bytesOf(letter.headers);
    const last = requests.at(-1);
    if (last === undefined || bytes + size > requestBytesMax) {
      requests.push([record]);
      bytes = size;
    } else {
      last.push(record);
      bytes += size;
    }
  }
  return requests;
}

function copyHeaders(headers: Readonly<Record<string, HeaderValue>>): DeadLetter["headers"] {
  const copy: DeadLetter["headers"] = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    copy[name] = typeof value === "string" || value instanceof Uint8Array ? asBytes(value) : value.map(asBytes);
  }
  return copy;
}

function asBytes(value: string | Uint8Array): Buffer {
  return typeof value === "string" ? Buffer.from(value) : Buffer.from(value);
}

function bytesOf(headers: DeadLetter["headers"]): number {
  return Object.entries(headers).reduce((sum, [name, value]) => {
    const parts = Array.isArray(value) ? value : [value];
    return parts.reduce((partSum, part) => partSum + name.length + part.length, sum);
  }, 0);
}
