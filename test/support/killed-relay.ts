import { spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { testKafkaBrokers } from "./kafka.ts";
import { testRedisUrl } from "./redis.ts";

const main = new URL("./relay-main.ts", import.meta.url).pathname;

/**
 * Runs a relay in a process of its own until it reaches the given point, and kills it there with SIGKILL: `read`: it holds the
 * shard and knows the entries, Kafka does not; `published`: Kafka has them, Redis has not been told.
 */
export async function runAndKillRelay(prefix: string, at: "read" | "published"): Promise<void> {
  const addresses = { KAFKA_BROKERS: testKafkaBrokers(), REDIS_URL: testRedisUrl() };
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...addresses, TEST_PREFIX: prefix, HANG_AT: at },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  await Promise.race([
    once(child.stdout, "data"),
    exited.then(() => {
      throw new Error("the relay process ended by itself");
    }),
  ]);
  child.kill("SIGKILL");
  await exited;
}
