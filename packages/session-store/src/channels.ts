import type { ChannelView, PendingFact } from "@autorec/domain";
import { z } from "zod";
import { type ChannelRef, refOf } from "./channel-ref.ts";
import { parseView } from "./channel-view.ts";
import { outboxJson } from "./leases.ts";
import { factField } from "./record-changes.ts";
import { clock, flag, maybeFigure, view } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";

/** One channel as anybody may read it: nothing is granted, so nothing may be decided on it. */
export interface ChannelReading {
  readonly view: ChannelView;
  readonly rev: string;
  readonly dueAtMs?: number;
  /** Who holds the lease now. */
  readonly leaseOwner?: string;
  readonly nowMs: number;
}

const factReply = z.object({ reply: z.enum(["applied", "known", "upserted"]), ...clock });
const collectReply = z.object({ reply: z.enum(["collected", "kept"]), ...clock });
const announceReply = z.object({ reply: z.literal("announced"), fresh: flag, ...clock });
const readReply = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("found"), ...clock, ...view, dueAtMs: maybeFigure }),
  z.object({ reply: z.literal("absent"), ...clock }),
]);

/** When a fact is decided on. */
export interface FactOptions {
  /** Within so many ms, instead of at once: what is known beside it is still being brought back. */
  readonly withinMs?: number;
}

/** S6. Needs no lease; `upserted`: the channel has no row of this attempt, so the next decision makes one. */
export async function recordFact(
  context: StoreContext,
  ref: ChannelRef,
  fact: PendingFact,
  { withinMs = 0 }: FactOptions = {},
): Promise<"applied" | "known" | "upserted"> {
  const keys = context.keys.channel(ref);
  // An order about the slot proves nothing about uids: whoever gives it need not know one.
  const ourUids = fact.kind === "retry" ? [] : [fact.uid, ...(fact.newUid === undefined ? [] : [fact.newUid])];
  const look = fact.kind === "newUid" ? 1 : 0;
  const reply = await context.scripts.run(
    "record-fact",
    {
      keys: [keys.channel, keys.presence, keys.uids, keys.due, keys.index],
      args: [keys.member, factField(fact), JSON.stringify(fact), fact.n, look, withinMs, ...ourUids],
    },
    factReply,
  );
  return reply.reply;
}

/** S8. Forgets a channel of which nothing is left to do or to remember; attempts are withdrawn from the compacted topic. */
export async function collect(
  context: StoreContext,
  ref: ChannelRef,
  options: { readonly tombstoneMs: number },
): Promise<"collected" | "kept"> {
  const reading = await readChannel(context, ref);
  if (reading === undefined) return "collected";
  const { record, facts } = reading.view;
  const forgetBeforeMs = reading.nowMs - options.tombstoneMs;
  const attempts = Object.values(record.attempts);
  const isOver =
    !record.want.on &&
    facts.length === 0 &&
    attempts.every((attempt) => attempt.st === "CLOSED" && (attempt.closedAtMs ?? Infinity) <= forgetBeforeMs) &&
    Object.values(record.sessions).every((session) => session.closedAtMs !== undefined);
  if (!isOver) return "kept";
  const keys = context.keys.channel(ref);
  const entry = outboxJson({ lifecycle: [], snapshots: [], removed: attempts.map((attempt) => attempt.n) });
  const reply = await context.scripts.run(
    "collect",
    {
      keys: [keys.channel, keys.presence, keys.uids, keys.gone, keys.due, keys.index, keys.outbox],
      args: [keys.member, reading.rev, options.tombstoneMs, entry],
    },
    collectReply,
  );
  return reply.reply;
}

/** Throws `REC_RECORD_SCHEMA` when the record cannot be used. */
export async function readChannel(context: StoreContext, ref: ChannelRef): Promise<ChannelReading | undefined> {
  const keys = context.keys.channel(ref);
  const reply = await context.scripts.run(
    "read-channel",
    { keys: [keys.channel, keys.presence, keys.uids, keys.rules, keys.due], args: [keys.member] },
    readReply,
  );
  if (reply.reply === "absent") return undefined;
  const owner = reply.channel.get("lease.owner");
  const isLeased = owner !== undefined && reply.nowMs < Number(reply.channel.get("lease.until") ?? 0);
  return {
    view: parseView(ref, reply),
    rev: reply.channel.get("rev") ?? "0",
    ...(reply.dueAtMs === undefined ? {} : { dueAtMs: reply.dueAtMs }),
    ...(isLeased ? { leaseOwner: owner } : {}),
    nowMs: reply.nowMs,
  };
}

/** Every channel of a shard that presence or a fact has named and no collection has forgotten. */
export async function channelRefs(context: StoreContext, shard: number): Promise<ChannelRef[]> {
  const members = await context.call("smembers", (client) => client.smembers(context.keys.shard(shard).index));
  return members.map(refOf);
}

/** Keeps this process's rules known; a hash that is new to the shard makes all its channels due (protocol.md §9). */
export async function announceRules(
  context: StoreContext,
  shard: number,
  rules: { readonly hash: string; readonly ttlMs: number },
): Promise<{ readonly fresh: boolean }> {
  const keys = context.keys.shard(shard);
  const { fresh } = await context.scripts.run(
    "announce-rules",
    { keys: [keys.rules, keys.due, keys.index, keys.rulesChangedAt], args: [rules.hash, rules.ttlMs] },
    announceReply,
  );
  return { fresh };
}
