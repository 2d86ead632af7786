import { test } from "vitest";
import { promised } from "./bounds.ts";
import { expectRecovery } from "./expect-recovery.ts";
import { liveThrough } from "./live-through.ts";

// Fault: Kafka ends and is started again with its data.
// Degradation: no event arrives, and no recorder is started, since each start is journalled first; recorders go on.
// A channel that empties meanwhile is thought to be occupied: if its recorder idles out before Kafka is back, it is recorded
// once more for nothing.
// Recovery: after the reconnect and a rebalance.
test("Kafka is restarted: recorders go on, and the events of that time are acted on when it is back", async () => {
  expectRecovery(await liveThrough("kafka-restart"), promised["kafka-restart"]);
});
