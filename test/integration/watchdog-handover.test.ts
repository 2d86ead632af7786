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
  // A shard is held only while something waits in it. These entries say nothing, and leave with the first round.
  const entry = JSON.stringify({ lifecycle: [], snapshots: [], removed: [] });
  for (let shard = 0; shard < 16; shard += 1) {
    await redis.xadd(
      `${deployment.prefix}:out:{${String(shard)}}`,
      "*",
      "channel",
      "app:room",
      "rev",
      "1",
      "entry",
      entry,
    );
  }
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
