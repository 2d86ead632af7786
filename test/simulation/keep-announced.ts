import type { SimProcess } from "./sim-process.ts";
import type { ProcessStore } from "./worker-parts.ts";

/** How long an announcement of rules counts, in leases. */
const lifeLeases = 4;

/** Announces the rules of one life of a process as the engine does: at once, then after a third of their life. */
export function keepAnnounced(
  process: SimProcess,
  options: {
    readonly store: Pick<ProcessStore, "announceRules">;
    readonly hash: string;
    readonly shardCount: number;
    readonly failed: (err: unknown) => void;
  },
): void {
  const { failed, hash, shardCount, store } = options;
  const lifeMs = lifeLeases * process.tools.durations.leaseMs;
  const turn = async (): Promise<void> => {
    for (let shard = 0; shard < shardCount; shard += 1) {
      await store.announceRules(shard, hash, lifeMs).catch(() => undefined);
    }
    process.after(lifeMs / 3, run);
  };
  const run = (): void => {
    turn().catch(failed);
  };
  run();
}
