import { createKafka } from "@autorec/service-kit";
import type { Logger } from "@autorec/service-kit";
import type { Admin, Kafka } from "kafkajs";
import { inject } from "vitest";

/** The Kafka of this test run: KAFKA_BROKERS when somebody gives one, else the devstack's. */
export function testKafkaBrokers(): string {
  return process.env["KAFKA_BROKERS"] ?? inject("kafkaBrokers");
}

export function createKafkaFor(log: Logger): Kafka {
  const settings = { brokers: testKafkaBrokers().split(","), clientId: "test", tls: undefined, sasl: undefined };
  return createKafka(settings, { log });
}

export async function createAdmin(kafka: Kafka): Promise<Admin> {
  const admin = kafka.admin();
  await admin.connect();
  return admin;
}
