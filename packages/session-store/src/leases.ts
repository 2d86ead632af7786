import type { Attempt, ChannelRecord, PendingFact, PresenceMark } from "@autorec/domain";
import type { LifecycleFact } from "@autorec/events";
import { z } from "zod";
import type { ChannelRef } from "./channel-ref.ts";
import { claimedFields, type ClaimedChannel, toClaimed } from "./claims.ts";
import { recordChanges } from "./record-changes.ts";
import { clock, figure } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";
import type { StoredOutboxEntry } from "./stored-record.ts";

/** `lost`: the lease is over, whoever has it now. */
export type RenewResult =
  /** `rev` is the channel's: greater than the one read = somebody wrote, decide again. */
  | { readonly kind: "ok"; readonly rev: string; readonly leaseUntilMs: number; readonly nowMs: number }
  | { readonly kind: "lost"; readonly nowMs: number };

/** A decision as it becomes durable: the lease that allows it, the revision it was made on, and all that it changes. */
export interface CommitOptions {
  readonly token: string;
  readonly expectedRev: string;
  readonly before: ChannelRecord;
  readonly after: ChannelRecord;
  /** Facts that this decision has taken in; they are deleted with it. */
  readonly consumedFacts: readonly PendingFact[];
  readonly lifecycle: readonly LifecycleFact[];
  /** Attempts to publish to the compacted topic. */
  readonly snapshots: readonly Attempt[];
  /** What the decision has learned of those who are said to be in the channel. */
  readonly marks?: readonly PresenceMark[];
  /** Attempts to forget; those that `after` leaves out are forgotten anyway. */
  readonly removedAttempts?: readonly number[];
  /** When to look again, written at release; undefined = nothing to do. */
  readonly dueAtMs: number | undefined;
  readonly release: boolean;
}

/** `lost`: the lease is over; `conflict`: somebody wrote since, and this is what now stands there. Nothing was written. */
export type CommitResult =
  | { readonly kind: "ok"; readonly rev: string; readonly nowMs: number }
  | { readonly kind: "lost"; readonly nowMs: number }
  | { readonly kind: "conflict"; readonly channel: ClaimedChannel };

const lost = z.object({ reply: z.literal("lost"), ...clock });
const renewReply = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("ok"), ...clock, leaseUntilMs: figure, rev: z.string() }),
  lost,
]);
const releaseReply = z.object({ reply: z.enum(["released", "lost"]), ...clock });
const commitReply = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("ok"), ...clock, rev: z.string() }),
  lost,
  z.object({ reply: z.literal("conflict"), ...claimedFields }),
]);

/** S4. A lease that is over stays over. */
export async function renew(
  context: StoreContext,
  ref: ChannelRef,
  options: { readonly token: string; readonly leaseMs: number },
): Promise<RenewResult> {
  const keys = context.keys.channel(ref);
  const call = { keys: [keys.channel, keys.due], args: [keys.member, options.token, options.leaseMs] };
  const reply = await context.scripts.run("renew", call, renewReply);
  if (reply.reply === "lost") return { kind: "lost", nowMs: reply.nowMs };
  return { kind: "ok", rev: reply.rev, leaseUntilMs: reply.leaseUntilMs, nowMs: reply.nowMs };
}

/** S4 with release: the channel is due now, for anybody. */
export async function release(
  context: StoreContext,
  ref: ChannelRef,
  options: { readonly token: string },
): Promise<"released" | "lost"> {
  const keys = context.keys.channel(ref);
  const call = { keys: [keys.channel, keys.due], args: [keys.member, options.token] };
  return (await context.scripts.run("release", call, releaseReply)).reply;
}

/** S5. All of the decision is durable, or none of it. */
export async function commit(context: StoreContext, ref: ChannelRef, options: CommitOptions): Promise<CommitResult> {
  const keys = context.keys.channel(ref);
  const changes = recordChanges(options);
  const entry: StoredOutboxEntry = {
    lifecycle: options.lifecycle,
    snapshots: options.snapshots,
    removed: changes.removedAttempts,
  };
  const reply = await context.scripts.run(
    "commit",
    {
      keys: [keys.channel, keys.presence, keys.uids, keys.due, keys.outbox, keys.rules, keys.rulesChangedAt],
      args: [
        ...[keys.member, options.token, options.expectedRev, options.release ? 1 : 0],
        ...[options.dueAtMs === undefined ? "" : Math.max(0, Math.ceil(options.dueAtMs)), outboxJson(entry)],
        ...counted([...changes.sets].flat()),
        ...counted(changes.removes),
        ...counted([...changes.ownedUids].flat()),
        ...counted(changes.forgottenUids),
        ...counted((options.marks ?? []).flatMap(markArgs)),
      ],
    },
    commitReply,
  );
  switch (reply.reply) {
    case "ok":
      return { kind: "ok", rev: reply.rev, nowMs: reply.nowMs };
    case "lost":
      return { kind: "lost", nowMs: reply.nowMs };
    case "conflict":
      return { kind: "conflict", channel: toClaimed(ref, reply) };
  }
}

/** Empty when there is nothing to tell. */
export function outboxJson(entry: StoredOutboxEntry): string {
  const isEmpty = entry.lifecycle.length + entry.snapshots.length + entry.removed.length === 0;
  return isEmpty ? "" : JSON.stringify(entry);
}

/** Times are rounded so that nobody falls out of a span who was in it. */
function markArgs(mark: PresenceMark): readonly (string | number)[] {
  switch (mark.kind) {
    case "doubtful":
      return ["doubtful", 0, Math.floor(mark.heardBeforeMs), mark.hostsOnly ? "h" : ""];
    case "maybeRecorder":
      return ["maybe", Math.floor(mark.fromMs), Math.ceil(mark.toMs), Math.ceil(mark.joinsUntilMs)];
    case "identified":
      return ["identified", 0, 0, ""];
    case "trusted":
      return ["trusted", 0, 0, ""];
  }
}

function counted(list: readonly (string | number)[]): readonly (string | number)[] {
  return [list.length, ...list];
}
