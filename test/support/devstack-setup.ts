import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Brokers of the Kafka that all integration tests share; isolate by a topic prefix of your own. */
    readonly kafkaBrokers: string;
    /** The Redis that all integration tests share; isolate by a key prefix of your own. */
    readonly redisUrl: string;
    /** The program for tests that need Redis servers of their own; empty where this machine has none (Docker alone). */
    readonly redisServer: string;
  }
}

/** Starts Kafka and Redis once for all integration tests and says in one line what is used. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { redisServerCommand, startDevstack } = await import("@autorec/devstack");
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const devstack = await startDevstack({ log });
  project.provide("kafkaBrokers", devstack.kafkaBrokers);
  project.provide("redisUrl", devstack.redisUrl);
  project.provide("redisServer", await redisServerCommand({ env: process.env, log }).catch(() => ""));
  return () => devstack.stop();
}
