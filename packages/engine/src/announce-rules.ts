import type { Clock, Logger } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";

/** What is announced, to whom and for how long. */
export interface AnnounceRulesOptions {
  readonly store: Pick<SessionStore, "announceRules">;
  readonly shardCount: number;
  /** Of the rules in force in this process. */
  readonly hash: string;
  /** How long an announcement counts; it is made again after a third of it. */
  readonly lifeMs: number;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Pick<Logger, "warn">;
}

/** Tells every shard which rules this process has: rules that are new make their channels due. */
export async function announceRules(options: AnnounceRulesOptions): Promise<void> {
  for (let shard = 0; shard < options.shardCount; shard += 1)
    await options.store.announceRules(shard, options.hash, options.lifeMs);
}

/** Keeps the announcement alive until the signal is aborted. */
export async function keepRulesAnnounced(options: AnnounceRulesOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await options.clock.sleep(options.lifeMs / 3, signal);
    await announceRules(options).catch((err: unknown) => {
      options.log.warn({ err }, "rules could not be announced");
    });
  }
}
