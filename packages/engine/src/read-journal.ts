import { attemptStates } from "@autorec/events";
import type { Kafka } from "kafkajs";
import { readToEnd } from "./read-to-end.ts";

/** One value of the compacted topic, as it stands there. */
export interface JournalValue {
  readonly rev: string;
  readonly text: string;
}

/** What the compacted topic remembers, by key; a key that was withdrawn is not among them. */
export type JournalContent = ReadonlyMap<string, JournalValue>;

/** Reads `recording.snapshots` to the end known at the start; of each key the greatest revision wins, not the last record. */
export async function readJournal(
  kafka: Kafka,
  options: { readonly topic: string; readonly groupId: string; readonly signal?: AbortSignal },
): Promise<JournalContent> {
  const content = new Map<string, JournalValue>();
  await readToEnd(kafka, {
    ...options,
    onBatch: ({ batch }) => {
      for (const { key, value } of batch.messages) if (key !== null) takeValue(content, key.toString(), value);
    },
  });
  return content;
}

/** Takes one record of the compacted topic: journal and relay both write a key, so an older value may come last. */
export function takeValue(
  content: Map<string, JournalValue>,
  key: string,
  // eslint-disable-next-line no-restricted-syntax -- Kafka's word for a record that ends a key
  value: { toString(): string } | null,
): void {
  if (value === null) {
    content.delete(key);
    return;
  }
  // A copy: the buffer is a slice of everything that the broker sent with it.
  const text = value.toString();
  const rev = /"rev":"(\d{1,20})"/.exec(text)?.[1] ?? "0";
  const known = content.get(key);
  if (known === undefined || isNewer({ rev, text }, known)) content.set(key, { rev, text });
}

function isNewer(value: JournalValue, known: JournalValue): boolean {
  const [a, b] = [value.rev.padStart(20, "0"), known.rev.padStart(20, "0")];
  if (a !== b) return a > b;
  return rankOf(value.text) >= rankOf(known.text);
}

/** Between equal revisions the state decides (contracts.md §1). */
function rankOf(text: string): number {
  const word = /"st":"(\w+)"/.exec(text)?.[1];
  return attemptStates.findIndex((state) => state === word);
}
