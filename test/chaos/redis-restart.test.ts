import { test } from "vitest";
import { promised } from "./bounds.ts";
import { expectRecovery } from "./expect-recovery.ts";
import { liveThrough } from "./live-through.ts";

// Fault: Redis ends and is started again with its data.
// Degradation: no decision without Redis, so nothing starts or stops; events wait in Kafka, uncommitted.
// Recovery: after the reconnect; a channel that was being worked on waits for its lease.
test("Redis is restarted with its data: recorders go on, and what waited is done when it is back", async () => {
  expectRecovery(await liveThrough("redis-restart"), promised["redis-restart"]);
});
