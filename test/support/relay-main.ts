// A relay process for tests that kill it: moves the outbox of one shard and hangs where HANG_AT says. `read`: it holds the shard
// and knows the entries, Kafka does not; `published`: Kafka has them, Redis has not been told.
import { createKafka, createLogger, createProducer } from "@autorec/service-kit";
import { createSessionStore } from "@autorec/session-store";
import { publishBatch } from "../../services/watchdog/src/publish-batch.ts";
import { relayOutbox } from "../../services/watchdog/src/relay-outbox.ts";

const { KAFKA_BROKERS = "", REDIS_URL = "", TEST_PREFIX: prefix = "", HANG_AT = "" } = process.env;
const { log } = createLogger({ service: "watchdog", instanceId: "killed", version: "0", level: "silent" });
const brokers = KAFKA_BROKERS.split(",");
const kafka = createKafka({ brokers, clientId: "killed", tls: undefined, sasl: undefined }, { log });
const store = createSessionStore({ redis: { url: REDIS_URL }, prefix, shardCount: 1 });
const producer = createProducer(kafka);
await producer.connect();

const hang = async (): Promise<never> => {
  process.stdout.write("hangs\n");
  return new Promise<never>(() => undefined);
};
const publish = publishBatch({
  producer,
  topics: { lifecycle: `${prefix}.recording.lifecycle`, snapshots: `${prefix}.recording.snapshots` },
});

await relayOutbox({
  store,
  shardCount: 1,
  token: "killed",
  leaseMs: 1_000,
  async publish(batch) {
    if (HANG_AT === "read") await hang();
    await publish(batch);
    if (HANG_AT === "published") await hang();
  },
});
