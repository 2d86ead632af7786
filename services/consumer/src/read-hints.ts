import type { Clock, KafkaProducer, Logger, Metrics } from "@autorec/service-kit";
import { createConsumer } from "@autorec/service-kit";
import type { ChannelRef } from "@autorec/session-store";
import type { Kafka } from "kafkajs";
import { applyHints } from "./apply-hints.ts";
import type { ApplyHintsDeps } from "./apply-hints.ts";
import { createDependencyHealth } from "./dependency-health.ts";
import { deadLetterRecord } from "./dead-letter.ts";
import { consumeEventTopic } from "./event-topic.ts";

/** What the reading of Agora's recording notifications needs. */
export interface HintReading {
  readonly kafka: Kafka;
  readonly producer: KafkaProducer;
  readonly store: ApplyHintsDeps["store"];
  readonly apps: ApplyHintsDeps["apps"];
  /** Of Agora's notifications of product 3, as a back end forwards them. */
  readonly topic: string;
  readonly deadLetters: string;
  readonly groupId: string;
  readonly sessionMs: number;
  readonly rebalanceMs: number;
  readonly lookAt: (ref: ChannelRef) => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * Reads the notifications until the signal is aborted. They are a help, never a need: what is missing or late costs time until
 * the next poll, and so this topic does not decide whether the process is ready.
 */
export async function readHints(reading: HintReading, signal: AbortSignal): Promise<void> {
  const { clock, groupId, log, metrics, rebalanceMs, sessionMs, store, topic } = reading;
  const deps: ApplyHintsDeps = {
    store,
    apps: reading.apps,
    lookAt: reading.lookAt,
    sendDeadLetters: (letters) => reading.producer.send(deadLetterRecord(reading.deadLetters, letters)),
    storeHealth: createDependencyHealth("redis", { log, clock }),
    kafkaHealth: createDependencyHealth("kafka", { log, clock }),
    clock,
    observer: {
      hinted: (result) => metrics.events.inc({ source: "agora", result }),
      candidate: (ref, { n, st }, sid) => {
        log.warn({ ...ref, attempt: n, state: st, sid }, "event names the sid of a recorder, it is asked now");
      },
      deadLettered: ({ code, message, record: { offset, partition } }) => {
        metrics.events.inc({ source: "agora", result: "dead_letter" });
        log.warn({ code, reason: message, topic, partition, offset }, "record dead-lettered");
      },
    },
  };
  await consumeEventTopic(
    {
      topic,
      createConsumer: () => createConsumer(reading.kafka, { groupId, sessionMs, rebalanceMs }),
      sessionMs,
      clock,
      log,
      handle: (batch, stop) => applyHints(batch, deps, stop),
      onAssigned: () => undefined,
      onRevoked: () => undefined,
      onCommitted: () => Promise.resolve(),
    },
    signal,
  );
}
