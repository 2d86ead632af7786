import type { KafkaProducer } from "@autorec/service-kit";
import type { RelayDeps } from "./relay-outbox.ts";

/** Publishes one relay's batch to its two topics; resolves when all replicas have everything. */
export function publishBatch(options: {
  readonly producer: Pick<KafkaProducer, "sendBatch">;
  readonly topics: { readonly lifecycle: string; readonly snapshots: string };
}): RelayDeps["publish"] {
  return async ({ lifecycle, snapshots }) => {
    const batches = [
      { topic: options.topics.lifecycle, messages: lifecycle },
      { topic: options.topics.snapshots, messages: snapshots },
    ];
    await options.producer.sendBatch(batches.filter(({ messages }) => messages.length > 0));
  };
}
