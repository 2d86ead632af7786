import { test } from "vitest";
import { promised } from "./bounds.ts";
import { expectRecovery } from "./expect-recovery.ts";
import { liveThrough } from "./live-through.ts";

// Fault: connections to Redis break and are refused for 3 s.
// Degradation and recovery: as when it is restarted.
test("Redis refuses connections for seconds: recorders go on, and what waited is done when it takes them again", async () => {
  expectRecovery(await liveThrough("redis-refused"), promised["redis-refused"]);
});
