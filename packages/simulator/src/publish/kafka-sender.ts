import { Kafka, logLevel, Partitioners } from "kafkajs";
import type { OutgoingEvent, SendEvent } from "./notification.ts";

export interface KafkaTarget {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Of recording events (product 3); none are published unless given. */
  readonly recordingTopic?: string | undefined;
}

export interface KafkaSender {
  readonly send: SendEvent;
  /** Sends what is left while the broker takes it. */
  readonly close: () => Promise<void>;
}

interface Queued {
  readonly event: OutgoingEvent;
  readonly onAcknowledged: () => void;
}

const batchSizeMax = 500;
const retryDelayMs = { min: 50, max: 1_000 } as const;

/**
 * Sends to Kafka with acks = all, one batch at a time, so the order of the calls is the order in each partition.
 * A batch that fails is sent again until it is acknowledged: an outage delays events, it loses none (a copy may be doubled).
 * @param warn told once per outage, and once when it is over.
 */
export function createKafkaSender(target: KafkaTarget, warn: (message: string) => void): KafkaSender {
  const kafka = new Kafka({
    clientId: "autorec-simulator",
    brokers: [...target.brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 200 },
  });
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    metadataMaxAge: 10_000,
  });
  const queue: Queued[] = [];
  let isConnected = false;
  let isClosed = false;
  let failures = 0;
  let isRunning = false;
  let pump: Promise<void> = Promise.resolve();

  const sendBatch = async (): Promise<readonly Queued[]> => {
    const batch = queue.slice(0, batchSizeMax);
    if (!isConnected) await producer.connect();
    isConnected = true;
    const messages = batch.map(({ event }) => ({ ...event, headers: { ...event.headers } }));
    await producer.send({ topic: target.topic, acks: -1, messages });
    queue.splice(0, batch.length);
    return batch;
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    while (queue.length > 0 && !(isClosed && failures > 0)) {
      let sent: readonly Queued[] = [];
      try {
        sent = await sendBatch();
        if (failures > 0) warn(`kafka: topic ${target.topic} takes events again`);
        failures = 0;
      } catch (err) {
        failures += 1;
        const cause = err instanceof Error ? err.message : String(err);
        if (failures === 1) {
          warn(`kafka: topic ${target.topic} at ${target.brokers.join(",")} refuses events, trying on: ${cause}`);
        }
        await pause(Math.min(retryDelayMs.max, retryDelayMs.min * 2 ** Math.min(failures, 10)));
      }
      // Outside the try: a history that cannot be written is no fault of Kafka's and must end the simulator.
      for (const { onAcknowledged } of sent) onAcknowledged();
    }
    isRunning = false;
  };

  return {
    send: (event, onAcknowledged) => {
      queue.push({ event, onAcknowledged });
      if (!isRunning) pump = run();
    },
    close: async () => {
      isClosed = true;
      await pump;
      await producer.disconnect();
    },
  };
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
