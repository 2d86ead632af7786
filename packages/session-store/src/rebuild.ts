import type { Attempt, ChannelRecord } from "@autorec/domain";
import { z } from "zod";
import type { ChannelRef } from "./channel-ref.ts";
import { emptyRecord } from "./channel-view.ts";
import { recordChanges } from "./record-changes.ts";
import { clock, figure } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";
import { StoreError } from "./store-error.ts";
import { storedAttempt } from "./stored-record.ts";

/** Who may rebuild a shard; times on Redis's clock. */
export type RebuildClaim =
  /** `sinceMs`: when somebody first saw that the state is lost; every lease from before it has ended a lease later. */
  | { readonly kind: "claimed"; readonly sinceMs: number; readonly nowMs: number }
  /** Another process rebuilds the shard, or it was lost again since the right was granted; `ready`: nothing of it is lost. */
  | { readonly kind: "busy" }
  | { readonly kind: "ready" };

/** A channel's record as the journal remembers it, and the greatest revision that it was made of. */
export interface RebuildOptions {
  readonly token: string;
  readonly record: ChannelRecord;
  readonly rev: string;
}

/** One value of the compacted topic. */
export interface Snapshot {
  readonly rev: string;
  readonly attempt: Attempt;
}

const claimReply = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("claimed"), sinceMs: figure, ...clock }),
  z.object({ reply: z.enum(["busy", "ready"]), ...clock }),
]);
const channelReply = z.object({ reply: z.enum(["rebuilt", "exists", "lost"]), ...clock });
const finishReply = z.object({ reply: z.enum(["ready", "lost"]) });
const storedSnapshot = z.looseObject({
  schemaVersion: z.literal(1),
  rev: z.string().regex(/^\d{1,20}$/),
  attempt: storedAttempt,
}) satisfies z.ZodType<Snapshot>;

/** Of a right that is to be lengthened `sinceMs`, as it was granted: it is `busy` once the shard was lost again. */
export interface RebuildOrder {
  readonly token: string;
  readonly leaseMs: number;
  readonly sinceMs?: number;
}

/** Takes the right to rebuild a shard, or lengthens it. */
export async function claimRebuild(context: StoreContext, shard: number, order: RebuildOrder): Promise<RebuildClaim> {
  const keys = context.keys.shard(shard);
  const { leaseMs, sinceMs, token } = order;
  const call = { keys: [keys.rebuild, keys.ready, keys.lostSince], args: [token, leaseMs, sinceMs ?? ""] };
  const reply = await context.scripts.run("rebuild-claim", call, claimReply);
  if (reply.reply !== "claimed") return { kind: reply.reply };
  return { kind: "claimed", sinceMs: reply.sinceMs, nowMs: reply.nowMs };
}

/** S7. `exists`: a record that somebody has stored stays as it is; `lost`: the shard is not this process's to rebuild. */
export async function rebuildChannel(
  context: StoreContext,
  ref: ChannelRef,
  options: RebuildOptions,
): Promise<"rebuilt" | "exists" | "lost"> {
  const keys = context.keys.channel(ref);
  const changes = recordChanges({ before: emptyRecord(ref), after: options.record, consumedFacts: [] });
  const sets = [...changes.sets].flat();
  const owned = [...changes.ownedUids].flat();
  const reply = await context.scripts.run(
    "rebuild-channel",
    {
      keys: [keys.channel, keys.presence, keys.uids, keys.due, keys.index, keys.rebuild, keys.ready],
      args: [keys.member, options.token, options.rev, sets.length, ...sets, owned.length, ...owned],
    },
    channelReply,
  );
  return reply.reply;
}

/** Opens the shard for claims. */
export async function finishRebuild(
  context: StoreContext,
  shard: number,
  options: { readonly token: string },
): Promise<"ready" | "lost"> {
  const keys = context.keys.shard(shard);
  const call = { keys: [keys.rebuild, keys.ready, keys.lostSince], args: [options.token] };
  return (await context.scripts.run("rebuild-finish", call, finishReply)).reply;
}

/** Reads a value of the compacted topic; throws `REC_RECORD_SCHEMA` (terminal), naming the key, when another version wrote it. */
export function readSnapshot(key: string, value: string): Snapshot {
  const parsed = storedSnapshot.safeParse(jsonOrUndefined(value));
  if (parsed.success) return { rev: parsed.data.rev, attempt: parsed.data.attempt };
  throw new StoreError(`snapshot ${key} is not what this version of autorec writes: ${z.prettifyError(parsed.error)}`, {
    code: "REC_RECORD_SCHEMA",
    retry: "terminal",
    context: { key },
  });
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses undefined, and the error names the key.
    return undefined;
  }
}
