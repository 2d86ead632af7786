import type { Journal } from "@autorec/reconciler";

/** Resolves when every replica has the messages; rejects when that is not certain. */
export interface JournalProducer {
  send(batch: {
    readonly topic: string;
    readonly messages: readonly { readonly key: string; readonly value: string }[];
  }): Promise<unknown>;
}

/** Puts a READY attempt on the compacted topic before its start may leave: the outbox would die together with Redis. */
export function createJournal(options: { readonly producer: JournalProducer; readonly topic: string }): Journal {
  return async ({ ref, rev, attempt }) => {
    const key = `${ref.appId}/${ref.channelName}/${String(attempt.n)}`;
    const value = JSON.stringify({ schemaVersion: 1, rev, attempt });
    await options.producer.send({ topic: options.topic, messages: [{ key, value }] });
  };
}
