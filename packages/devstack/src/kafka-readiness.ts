import { connect } from "node:net";
import { Kafka, logLevel } from "kafkajs";
import { DevstackError } from "./devstack-error.ts";
import { untilAnswers } from "./with-limit.ts";

/** What makes an answer count. */
export interface ExpectedKafka {
  readonly limitMs: number;
  /** Only this cluster counts; another one at the same address is an error. */
  readonly clusterId?: string;
  /** Throws when waiting has become useless. */
  readonly requireAlive?: () => void;
  /** Ends the waiting early: rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Waits until the brokers describe their cluster. */
export async function untilKafkaAnswers(brokers: string, expected: ExpectedKafka): Promise<void> {
  const probe = async (): Promise<void> => {
    expected.requireAlive?.();
    await askKafka(brokers, expected.clusterId);
  };
  await untilAnswers(probe, { limitMs: expected.limitMs, what: `Kafka at ${brokers}`, signal: expected.signal });
}

/** Waits until one of the brokers takes a connection: all that can be asked without its credentials. */
export async function untilKafkaListens(
  brokers: string,
  { limitMs, signal }: Pick<ExpectedKafka, "limitMs" | "signal">,
): Promise<void> {
  const probe = (): Promise<void> => Promise.any(brokers.split(",").map(openConnection));
  await untilAnswers(probe, { limitMs, what: `Kafka at ${brokers}`, signal });
}

async function askKafka(brokers: string, clusterId: string | undefined): Promise<void> {
  const kafka = new Kafka({
    clientId: "autorec-devstack",
    brokers: brokers.split(","),
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length === 0) throw new Error("the cluster has no broker yet");
    if (clusterId !== undefined && cluster.clusterId !== clusterId) {
      throw new DevstackError(`another Kafka (cluster ${cluster.clusterId}) answers at ${brokers}`);
    }
  } finally {
    await admin.disconnect();
  }
}

function openConnection(broker: string): Promise<void> {
  const [host = "", port = "9092"] = broker.trim().split(":");
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), timeout: 2_000 });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () => socket.destroy(new Error(`no connection to ${broker}`)));
    socket.once("error", reject);
  });
}
