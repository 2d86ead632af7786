import { test } from "vitest";
import { emptiedMs, rebalanceMs, silentDeathMs, takeoverMs } from "./bounds.ts";
import { expectRecovery } from "./expect-recovery.ts";
import { liveThrough } from "./live-through.ts";

// Fault: SIGKILL of every process of autorec at once, each launched again 2 s later.
// Degradation: recorders go on; nothing starts, stops or is replaced until a process is there and the leases of the dead
// have ended. A start that was under way may leave a ghost.
// Recovery: lease and rebalance after the launch, then as always.
test("all processes are killed: recorders go on, and the next ones take over when the leases have ended", async () => {
  expectRecovery(await liveThrough("kill-all"), {
    recoveryMsMax: takeoverMs + rebalanceMs + silentDeathMs,
    stopMsMax: takeoverMs + rebalanceMs + emptiedMs,
  });
});
