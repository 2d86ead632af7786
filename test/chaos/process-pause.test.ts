import { test } from "vitest";
import { promised } from "./bounds.ts";
import { expectRecovery } from "./expect-recovery.ts";
import { liveThrough } from "./live-through.ts";

// Fault: SIGSTOP of a consumer for longer than its leases, then SIGCONT.
// Degradation: joins of its partitions wait for the rebalance, its channels for the end of its leases; when it wakes up,
// everything that it still wants to write is refused.
// Recovery: while it sleeps, mostly; the rebalance at its return delays what happens then.
test("a consumer sleeps beyond its leases: others take over, and what it does when it wakes up counts for nothing", async () => {
  expectRecovery(await liveThrough("pause-consumer"), promised["pause-consumer"]);
});
