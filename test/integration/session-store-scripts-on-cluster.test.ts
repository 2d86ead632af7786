import { afterAll, describe } from "vitest";
import { startRedisCluster } from "../support/redis-cluster.ts";
import { workOnCluster } from "../support/session-store.ts";

// Each script's own contract once more where a key outside its hash tag is an error: its replies, twice in a row, by the
// wrong owner, after the end of the lease.
const cluster = await startRedisCluster();
workOnCluster(cluster);
afterAll(() => cluster.close());

describe("on a cluster of three nodes", async () => {
  await import("./session-store-claims.test.ts");
  await import("./session-store-leases.test.ts");
  await import("./session-store-facts.test.ts");
  await import("./session-store-presence.test.ts");
  await import("./session-store-due.test.ts");
  await import("./session-store-lying-presence.test.ts");
  await import("./session-store-outbox.test.ts");
  await import("./session-store-rebuild.test.ts");
  await import("./session-store-control.test.ts");
  await import("./session-store-workers.test.ts");
});
