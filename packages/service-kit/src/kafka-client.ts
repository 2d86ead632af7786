import { connect, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  type Consumer,
  type ISocketFactory,
  Kafka,
  type KafkaConfig,
  logLevel,
  type Message,
  Partitioners,
  type SASLOptions,
} from "kafkajs";
import type { KafkaSasl, KafkaSettings } from "./kafka-env.ts";
import { toKafkaError } from "./kafka-error.ts";
import type { Logger } from "./logger.ts";

/** What a client needs beyond its settings. */
export interface KafkaClientOptions {
  readonly log: Logger;
  /** Reconnects of one operation before it fails; with the pauses below ≈ 10 s. */
  readonly retries?: number;
}

/** A kafkajs client with TLS, SASL, our logger and a bounded retry policy. It connects when a producer, consumer or admin does. */
export function createKafka(settings: KafkaSettings, options: KafkaClientOptions): Kafka {
  return new Kafka(kafkaConfig(settings, options));
}

/** The configuration that kafkajs gets; the one place where the password is revealed. */
export function kafkaConfig(settings: KafkaSettings, { log, retries = 8 }: KafkaClientOptions): KafkaConfig {
  const { sasl, tls } = settings;
  return {
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    connectionTimeout: 3_000,
    authenticationTimeout: 10_000,
    requestTimeout: 15_000,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, factor: 0.2, multiplier: 2, retries },
    socketFactory: openSocket,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _timestamp, logger: _logger, ...fields } = entry.log;
      const line = { kafka: { namespace: entry.namespace, said: message, ...fields } };
      // kafkajs calls every broken connection an error, also those that it heals; whoever waits for the operation reports the rest.
      if (entry.level === logLevel.ERROR || entry.level === logLevel.WARN) log.warn(line, "kafka client warns");
      else log.debug(line, "kafka client says");
    },
    ...(tls === undefined
      ? {}
      : {
          ssl: {
            ...(tls.ca === undefined ? {} : { ca: [tls.ca] }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key.reveal() }),
          },
        }),
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
  };
}

/** As kafkajs's own; its small requests would otherwise wait for the acknowledgement of the packet before, up to 40 ms. */
const openSocket: ISocketFactory = ({ host, onConnect, port, ssl }) => {
  // kafkajs types it as always there; without TLS it is undefined.
  const isTls = Boolean(ssl);
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = isTls
    ? connectTls({ host, port, ...servername, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveMs);
  socket.setNoDelay(true);
  return socket;
};

const keepAliveMs = 60_000;

function saslOptions({ mechanism, password, username }: KafkaSasl): SASLOptions {
  const login = { username, password: password.reveal() };
  switch (mechanism) {
    case "plain":
      return { mechanism, ...login };
    case "scram-sha-256":
      return { mechanism, ...login };
    case "scram-sha-512":
      return { mechanism, ...login };
  }
}

/** Messages of one topic; those with the same key keep their order. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly messages: readonly Message[];
}

/** Sends records and turns every failure into a `KafkaError`. */
export interface KafkaProducer {
  connect(): Promise<void>;
  /** Resolves when all in-sync replicas have it. @throws KafkaError */
  send(record: OutgoingRecord): Promise<void>;
  /** Several topics in one request per broker. @throws KafkaError */
  sendBatch(records: readonly OutgoingRecord[]): Promise<void>;
  disconnect(): Promise<void>;
}

/**
 * acks = all, bounded retries, Java's partitioning. Not kafkajs's idempotent mode: that retries without end, keeps one
 * request in flight per broker, and is still called experimental; every record of ours carries an id and may come twice.
 * Order: a send begins after the previous one of the same key has resolved.
 */
export function createProducer(kafka: Kafka): KafkaProducer {
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    idempotent: false,
    retry: { retries: 5 },
  });
  const guarded = async (doing: string, topics: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      throw toKafkaError(doing, error, { topics });
    }
  };
  return {
    connect: () => guarded("connect of the Kafka producer", "", () => producer.connect()),
    send: (record) =>
      guarded("produce to Kafka", record.topic, () =>
        producer.send({ topic: record.topic, messages: [...record.messages], acks: -1, timeout: 10_000 }),
      ),
    sendBatch: (records) =>
      guarded("produce to Kafka", records.map((record) => record.topic).join(","), () =>
        producer.sendBatch({
          topicMessages: records.map((record) => ({ topic: record.topic, messages: [...record.messages] })),
          acks: -1,
          timeout: 10_000,
        }),
      ),
    disconnect: () => guarded("disconnect of the Kafka producer", "", () => producer.disconnect()),
  };
}

/** A group and its times; the session bounds how long a dead member's partitions lie idle. */
export interface ConsumerOptions {
  readonly groupId: string;
  readonly sessionMs: number;
  readonly rebalanceMs: number;
  /** Session ÷ 3 when absent. */
  readonly heartbeatMs?: number;
  /** Longest wait of a fetch that finds nothing; bounds how late a stop is noticed. */
  readonly fetchWaitMsMax?: number;
}

/** A consumer that never creates topics and comes back by itself from whatever kafkajs calls a crash. */
export function createConsumer(kafka: Kafka, options: ConsumerOptions): Consumer {
  return kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: options.sessionMs,
    rebalanceTimeout: options.rebalanceMs,
    heartbeatInterval: options.heartbeatMs ?? Math.floor(options.sessionMs / 3),
    maxWaitTimeInMs: options.fetchWaitMsMax ?? 1_000,
    allowAutoTopicCreation: false,
    retry: { retries: 8, restartOnFailure: () => Promise.resolve(true) },
  });
}
