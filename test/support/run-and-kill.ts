import { spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { testKafkaBrokers } from "./kafka.ts";
import { testRedisUrl } from "./redis.ts";

/** Runs a main file in a process of its own until it says that it hangs at the given point, and kills it there with SIGKILL. */
export async function runAndKill(
  main: URL,
  { prefix, at }: { readonly prefix: string; readonly at: string },
): Promise<void> {
  const addresses = { KAFKA_BROKERS: testKafkaBrokers(), REDIS_URL: testRedisUrl() };
  const child = spawn(process.execPath, [main.pathname], {
    env: { ...process.env, ...addresses, TEST_PREFIX: prefix, HANG_AT: at },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  await Promise.race([
    once(child.stdout, "data"),
    exited.then(() => {
      throw new Error(`${main.pathname} ended by itself before it reached "${at}"`);
    }),
  ]);
  child.kill("SIGKILL");
  await exited;
}
