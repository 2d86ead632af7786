import { test } from "vitest";
import { promised } from "./bounds.ts";
import { expectRecovery } from "./expect-recovery.ts";
import { liveThrough } from "./live-through.ts";

// Fault: Redis ends and is started again without any data.
// Degradation: nothing is claimed until the state is rebuilt from Kafka; a start that nobody knew of but Redis may be a ghost.
// Recovery: every recorder is adopted again, none is started beside it; after the rebuilding as always.
test("Redis comes back empty: the state is rebuilt from Kafka, and every recorder is adopted again", async () => {
  expectRecovery(await liveThrough("redis-empty"), promised["redis-empty"]);
});
