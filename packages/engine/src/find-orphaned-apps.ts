import type { SessionStore } from "@autorec/session-store";

/** Names of channels whose app is no longer configured although a recorder of theirs may be running. */
export async function findOrphanedChannels(options: {
  readonly store: Pick<SessionStore, "channelRefs" | "readChannel">;
  readonly shardCount: number;
  readonly isConfigured: (appId: string) => boolean;
}): Promise<readonly string[]> {
  const orphans: string[] = [];
  for (let shard = 0; shard < options.shardCount; shard += 1) {
    for (const ref of await options.store.channelRefs(shard)) {
      if (options.isConfigured(ref.appId)) continue;
      const reading = await options.store.readChannel(ref);
      const attempts = Object.values(reading?.view.record.attempts ?? {});
      if (attempts.some((attempt) => attempt.st !== "CLOSED")) orphans.push(`${ref.appId}/${ref.channelName}`);
    }
  }
  return orphans;
}
