import type { Clock, Logger } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";

/** What is announced, to whom and for how long. */
export interface AnnounceRulesOptions {
  readonly store: Pick<SessionStore, "announceRules">;
  readonly shardCount: number;
  /** Of the rules in force in this process. */
  readonly hash: string;
  /** How long an announcement counts; it is made again after a third of it, and much sooner after a failure. */
  readonly lifeMs: number;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Pick<Logger, "info" | "warn">;
}

interface Failure {
  readonly shard: number;
  readonly err: unknown;
}

/** Tells every shard which rules this process has: rules that are new make their channels due. Rejects with the first failure. */
export async function announceRules(options: AnnounceRulesOptions): Promise<void> {
  const [failure] = await announceToAll(options);
  if (failure !== undefined) throw failure.err;
}

/** Keeps the announcement alive until the signal is aborted. A shard that fails holds up no other, and is told of once. */
export async function keepRulesAnnounced(options: AnnounceRulesOptions, signal: AbortSignal): Promise<void> {
  const { clock, lifeMs, log, shardCount } = options;
  let failures: readonly Failure[] = [];
  for (;;) {
    // Redis that is back must hear of this process before others take it for dead, which they do half a life later.
    await clock.sleep(failures.length > 0 ? lifeMs / 30 : lifeMs / 3, signal);
    if (signal.aborted) return;
    const before = failures;
    failures = await announceToAll(options);
    const [first] = failures;
    if (first !== undefined && before.length === 0) {
      const shards = failures.map(({ shard }) => shard);
      log.warn({ err: first.err, shards, shardCount }, "rules could not be announced, it is tried again");
    }
    if (first === undefined && before.length > 0) log.info({ shardCount }, "rules are announced again");
  }
}

/** All shards side by side, so that those without an answer cost the others no time. */
async function announceToAll({ hash, lifeMs, shardCount, store }: AnnounceRulesOptions): Promise<readonly Failure[]> {
  const failures = await Promise.all(
    Array.from({ length: shardCount }, async (_, shard): Promise<Failure | undefined> => {
      try {
        await store.announceRules(shard, hash, lifeMs);
        return undefined;
      } catch (err) {
        return { shard, err };
      }
    }),
  );
  return failures.filter((failure) => failure !== undefined);
}
