import type { LifecycleEvent } from "@autorec/events";
import type { OutboxEntry, SessionStore } from "@autorec/session-store";

/** Entries relayed at a time: one produce request, one acknowledgement. */
const entriesMax = 200;

export interface RelayMessage {
  readonly key: string;
  /** Null ends a key of the compacted topic. */
  // eslint-disable-next-line no-restricted-syntax -- Kafka's word for a tombstone
  readonly value: string | null;
}

export interface RelayDeps {
  readonly store: Pick<SessionStore, "claimRelay" | "releaseRelay" | "outboxRead" | "outboxAck">;
  readonly shardCount: number;
  readonly token: string;
  readonly leaseMs: number;
  /** Resolves when every replica has the messages, in their order; rejects when that is not certain. */
  readonly publish: (batch: {
    readonly lifecycle: readonly RelayMessage[];
    readonly snapshots: readonly RelayMessage[];
  }) => Promise<void>;
}

/** What a round of the relay has met. */
export interface Relayed {
  /** Shards in which something waited, whoever relays them. */
  readonly shards: number;
  /** Entries that are in Kafka now. */
  readonly entries: number;
}

/**
 * Moves what the commits appended from Redis to Kafka: at least once and in order per channel. One relay per shard at a time,
 * and only while something waits there; an entry leaves Redis only after Kafka has it, so a relay that dies in between is
 * repeated, never skipped. Rejects with an AggregateError of the shards that could not be relayed, after all others were.
 */
export async function relayOutbox(deps: RelayDeps): Promise<Relayed> {
  // Side by side, since nearly always nothing waits anywhere: then the whole round costs one answer.
  const all = Array.from({ length: deps.shardCount }, (_, shard) => shard);
  const looks = await Promise.allSettled(all.map((shard) => deps.store.outboxRead(shard, 1)));
  const failures: unknown[] = looks.flatMap((look): unknown[] => (look.status === "rejected" ? [look.reason] : []));
  const waiting = all.filter((shard) => {
    const look = looks[shard];
    return look?.status === "fulfilled" && look.value.length > 0;
  });
  let entries = 0;
  for (const shard of waiting) {
    try {
      entries += await relayShard(shard, deps);
    } catch (err) {
      // An entry that cannot be read or taken holds up its own shard and no other.
      failures.push(err);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${String(failures.length)} shards could not be relayed`);
  return { shards: waiting.length, entries };
}

/** Relays, and tells how long the oldest entry that is left has waited, also when some could not be relayed. */
export async function tendOutbox(
  deps: RelayDeps & {
    readonly store: Pick<SessionStore, "outboxOldestAgeMs">;
    readonly oldestWaits: (ms: number) => void;
  },
): Promise<void> {
  let isEmpty = false;
  try {
    isEmpty = (await relayOutbox(deps)).shards === 0;
  } finally {
    deps.oldestWaits(isEmpty ? 0 : ((await deps.store.outboxOldestAgeMs()) ?? 0));
  }
}

/** Gives every shard back, so that another watchdog relays it at once instead of when the lease ends. Rejects when one was not. */
export async function leaveOutbox({ shardCount, store, token }: RelayDeps): Promise<void> {
  await Promise.all(Array.from({ length: shardCount }, (_, shard) => store.releaseRelay(shard, { token })));
}

async function relayShard(shard: number, deps: RelayDeps): Promise<number> {
  const { store, token, leaseMs } = deps;
  if (!(await store.claimRelay(shard, { token, leaseMs }))) return 0;
  const entries = await store.outboxRead(shard, entriesMax);
  if (entries.length === 0) return 0;
  await deps.publish({ lifecycle: entries.flatMap(lifecycleMessages), snapshots: entries.flatMap(snapshotMessages) });
  await store.outboxAck(
    shard,
    token,
    entries.map((entry) => entry.id),
  );
  return entries.length;
}

function lifecycleMessages(entry: OutboxEntry): readonly RelayMessage[] {
  return entry.lifecycle.map((event: LifecycleEvent) => ({
    key: `${entry.ref.appId}/${entry.ref.channelName}`,
    value: JSON.stringify(event),
  }));
}

function snapshotMessages(entry: OutboxEntry): readonly RelayMessage[] {
  const keyOf = (n: number): string => `${entry.ref.appId}/${entry.ref.channelName}/${String(n)}`;
  return [
    ...entry.snapshots.map(({ rev, attempt }) => ({
      key: keyOf(attempt.n),
      value: JSON.stringify({ schemaVersion: 1, rev, attempt }),
    })),
    ...entry.removedAttempts.map((n) => ({ key: keyOf(n), value: null })),
  ];
}
