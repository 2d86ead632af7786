import { spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { testKafkaBrokers } from "./kafka.ts";
import { testRedisUrl } from "./redis.ts";

const main = new URL("./consumer-main.ts", import.meta.url).pathname;

/**
 * Runs a consumer in a process of its own until it reaches the given point, and kills it there with SIGKILL:
 * `applied`: presence is in Redis, offsets are not committed; `release`: both are, the replay gate is still closed.
 */
export async function runAndKillConsumer(prefix: string, at: "applied" | "release"): Promise<void> {
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      KAFKA_BROKERS: testKafkaBrokers(),
      REDIS_URL: testRedisUrl(),
      TEST_PREFIX: prefix,
      HANG_AT: at,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  await Promise.race([
    once(child.stdout, "data"),
    exited.then(() => {
      throw new Error("the consumer process ended by itself");
    }),
  ]);
  child.kill("SIGKILL");
  await exited;
}
