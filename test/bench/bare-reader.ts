import { Kafka, logLevel } from "kafkajs";

/** Hands the channel of every event to `handle`, and prints `ready` when partitions are assigned; commits as kafkajs does. */
export async function readChannels(group: string, handle: (channelName: string) => Promise<void>): Promise<void> {
  const env = (name: string): string => process.env[name] ?? "";
  const kafka = new Kafka({ brokers: env("KAFKA_BROKERS").split(","), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${env("AUTOREC_GROUP")}-${group}`, maxWaitTimeInMs: 1_000 });
  await consumer.connect();
  await consumer.subscribe({ topic: `${env("AUTOREC_TOPIC_PREFIX")}rtc.channel-events`, fromBeginning: true });
  consumer.on(consumer.events.GROUP_JOIN, () => process.stdout.write("ready\n"));
  await consumer.run({
    eachMessage: async ({ message }) => {
      const channelName = channelOf(JSON.parse(message.value?.toString() ?? "{}"));
      if (channelName !== undefined) await handle(channelName);
    },
  });
}

/** Of our own form, or of Agora's. */
function channelOf(event: unknown): string | undefined {
  if (typeof event !== "object" || event === null) return undefined;
  if ("channelName" in event) return String(event.channelName);
  if (!("payload" in event) || typeof event.payload !== "object" || event.payload === null) return undefined;
  return "channelName" in event.payload ? String(event.payload.channelName) : undefined;
}
