import { test } from "vitest";
import { promised } from "./bounds.ts";
import { expectRecovery } from "./expect-recovery.ts";
import { liveThrough } from "./live-through.ts";

// Fault: connections to Agora break and are refused for 3 s.
// Degradation: nothing can be started, asked or stopped; no recorder is taken for dead because nobody could ask it.
// Recovery: at the next try of whatever failed.
test("Agora cannot be reached for seconds: no recorder is taken for dead, and every call is made up for", async () => {
  expectRecovery(await liveThrough("agora-unreachable"), promised["agora-unreachable"]);
});
