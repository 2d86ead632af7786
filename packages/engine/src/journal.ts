import { nextTick } from "node:process";
import type { Journal } from "@autorec/reconciler";

/** Resolves when every replica has the messages; rejects when that is not certain. */
export interface JournalProducer {
  send(batch: {
    readonly topic: string;
    readonly messages: readonly { readonly key: string; readonly value: string }[];
  }): Promise<unknown>;
}

/** More requests under way bring nothing: the broker appends them one after the other. */
const sendsAtOnceMax = 2;
/** An attempt is about a kilobyte; Kafka's default limit is a thousand of them. */
const messagesMax = 200;

/**
 * Puts a READY attempt on the compacted topic before its start may leave: the outbox would die together with Redis.
 * In a storm the attempts that wait for the same answer of the broker share a request; a request that fails, fails for all.
 */
export function createJournal(options: { readonly producer: JournalProducer; readonly topic: string }): Journal {
  const waiting: Waiting[] = [];
  let underWay = 0;
  const send = (): void => {
    if (underWay >= sendsAtOnceMax || waiting.length === 0) return;
    const batch = waiting.splice(0, messagesMax);
    underWay += 1;
    options.producer
      .send({ topic: options.topic, messages: batch.map(({ message }) => message) })
      .then(
        () => {
          for (const { resolve } of batch) resolve();
        },
        (err: unknown) => {
          for (const { reject } of batch) reject(err);
        },
      )
      .finally(() => {
        underWay -= 1;
        send();
      });
  };
  return ({ ref, rev, attempt }) =>
    new Promise((resolve, reject) => {
      const key = `${ref.appId}/${ref.channelName}/${String(attempt.n)}`;
      const message = { key, value: JSON.stringify({ schemaVersion: 1, rev, attempt }) };
      waiting.push({ message, resolve, reject });
      // After the turn of the event loop that may bring more of them.
      if (waiting.length === 1) nextTick(send);
    });
}

interface Waiting {
  readonly message: { readonly key: string; readonly value: string };
  readonly resolve: () => void;
  readonly reject: (err: unknown) => void;
}
