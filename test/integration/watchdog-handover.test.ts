import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openBareRedis } from "../support/redis.ts";
import { openDeployment } from "../support/service-deployment.ts";
import type { ServiceDeployment } from "../support/service-deployment.ts";
import { startService } from "../support/service-process.ts";

const patience = { timeout: 60_000, interval: 50 } as const;

let deployment: ServiceDeployment;
beforeAll(async () => {
  deployment = await openDeployment();
});
afterAll(() => deployment.remove());

test("a watchdog that is told to stop leaves every shard of the outbox to the next one at once, not after the lease", async () => {
  const redis = openBareRedis();
  const relayed = (): Promise<readonly string[]> => redis.keys(`${deployment.prefix}:relay:*`);
  const watchdog = startService("watchdog", deployment.env);
  try {
    await vi.waitFor(async () => expect(await relayed()).toHaveLength(16), patience);
    watchdog.signal("SIGTERM");
    expect(await watchdog.ended).toBe(0);
    expect(await relayed()).toEqual([]);
  } finally {
    watchdog.signal("SIGKILL");
    redis.disconnect();
  }
});
