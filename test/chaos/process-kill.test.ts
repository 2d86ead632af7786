import { test } from "vitest";
import { promised } from "./bounds.ts";
import { expectRecovery } from "./expect-recovery.ts";
import { liveThrough } from "./live-through.ts";

// Fault: SIGKILL of every process of autorec at once, each launched again 2 s later.
// Degradation: recorders go on; nothing starts, stops or is replaced until a process is there and the leases of the dead
// have ended. A start that was under way may leave a ghost. On a machine that takes longer than the idle time to launch them,
// the recorder of a channel that has emptied meanwhile idles out unseen, and the channel is recorded once more for nothing.
// Recovery: lease and rebalance after the launch, then as always.
test("all processes are killed: recorders go on, and the next ones take over when the leases have ended", async () => {
  expectRecovery(await liveThrough("kill-all"), promised["kill-all"]);
});
