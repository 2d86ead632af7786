// A consumer process for tests that kill it: reads until it is killed, and hangs where HANG_AT says. `applied`: presence is in
// Redis, offsets are not committed; `release`: both are, the replay gate is still closed.
import { createKafka, createLogger, createMetrics, createProducer, systemClock } from "@autorec/service-kit";
import { createSessionStore } from "@autorec/session-store";
import { createConsuming } from "../../services/consumer/src/start-consuming.ts";
import { looking } from "./looking.ts";

const { KAFKA_BROKERS = "", REDIS_URL = "", TEST_PREFIX: prefix = "", HANG_AT = "" } = process.env;
const { log } = createLogger({ service: "consumer", instanceId: "killed", version: "0", level: "silent" });
const kafka = createKafka(
  { brokers: KAFKA_BROKERS.split(","), clientId: "killed", tls: undefined, sasl: undefined },
  { log },
);
const store = createSessionStore({ redis: { url: REDIS_URL }, prefix, shardCount: 2 });
const admin = kafka.admin();
const producer = createProducer(kafka);
await admin.connect();
await producer.connect();

const hang = async (): Promise<never> => {
  process.stdout.write("hangs\n");
  return new Promise<never>(() => undefined);
};

const consuming = createConsuming({
  kafka,
  admin,
  producer,
  store: {
    async applyPresence(ref, update) {
      const result = await store.applyPresence(ref, update);
      if (HANG_AT === "applied") await hang();
      return result;
    },
    highestHold: (shard, partition) => store.highestHold(shard, partition),
    releaseHolds: (shard, partition, offset) =>
      HANG_AT === "release" ? hang() : store.releaseHolds(shard, partition, offset),
    confirmReplicated: () => store.confirmReplicated(),
    nowMs: () => store.nowMs(),
  },
  shardCount: 2,
  apps: { appIds: new Set(["app"]), onlyAppId: "app" },
  topics: { channelEvents: `${prefix}.rtc.channel-events`, deadLetters: `${prefix}.rtc.channel-events.dlq` },
  groupId: prefix,
  sessionMs: 3_000,
  rebalanceMs: 3_000,
  work: looking(store, () => undefined),
  clock: systemClock,
  log,
  metrics: createMetrics({ version: "0", apps: [], accounts: [], scripts: [], processMetrics: false }),
});
await consuming.readEvents(new AbortController().signal);
