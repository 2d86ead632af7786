import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Brokers of the Kafka that all integration tests share; isolate by a topic prefix of your own. */
    readonly kafkaBrokers: string;
    /** The Redis that all integration tests share; isolate by a key prefix of your own. */
    readonly redisUrl: string;
  }
}

/** Starts Kafka and Redis once for all integration tests and says in one line what is used. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { startDevstack } = await import("@autorec/devstack");
  const devstack = await startDevstack({ log: (line) => process.stderr.write(`${line}\n`) });
  project.provide("kafkaBrokers", devstack.kafkaBrokers);
  project.provide("redisUrl", devstack.redisUrl);
  return () => devstack.stop();
}
