/** What to start; both services unless one is switched off. */
export interface DevstackOptions {
  readonly kafka?: boolean;
  readonly redis?: boolean;
  /** A broker of one's own even if KAFKA_BROKERS names one: for tests that stop and start it. */
  readonly ownBroker?: boolean;
  /** Gets one line per step, the last one says what is used. */
  readonly log: (line: string) => void;
}

/** Kafka and Redis that answer; `stop` ends whatever was started for it. */
export interface Devstack {
  /** Comma-separated `host:port`; empty when Kafka was switched off. */
  readonly kafkaBrokers: string;
  /** `redis://host:port`; empty when Redis was switched off. */
  readonly redisUrl: string;
  /** One line that says what is used. */
  readonly describe: string;
  /** Ends the broker; its port and data stay reserved. Only a broker that this devstack started can be stopped. */
  stopKafka(): Promise<void>;
  /** Starts the stopped broker on the same port with the same data; answers when the broker does. */
  startKafka(): Promise<void>;
  restartKafka(): Promise<void>;
  /** Ends everything and removes its data; safe to call twice. */
  stop(): Promise<void>;
}

/** Finds or starts Kafka and Redis. */
export async function startDevstack(options: DevstackOptions): Promise<Devstack> {
  options.log("devstack is not built yet");
  throw new Error("devstack is not built yet");
}
