import type { Attempt } from "@autorec/domain";
import type { LifecycleEvent } from "@autorec/events";
import { z } from "zod";
import { type ChannelRef, refOf } from "./channel-ref.ts";
import { pairs } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";
import { StoreError } from "./store-error.ts";
import { storedOutboxEntry } from "./stored-record.ts";

/** What one commit has to tell Kafka; the same, ids included, each time it is read. */
export interface OutboxEntry {
  readonly id: string;
  readonly ref: ChannelRef;
  readonly rev: string;
  readonly lifecycle: readonly LifecycleEvent[];
  readonly snapshots: readonly { readonly rev: string; readonly attempt: Attempt }[];
  /** Attempts that are forgotten: their snapshots get a null value. */
  readonly removedAttempts: readonly number[];
  /** Redis's clock. */
  readonly appendedAtMs: number;
}

const relayReply = z.object({ reply: z.enum(["claimed", "busy"]) });
const relayEndReply = z.object({ reply: z.enum(["released", "lost"]) });
const ackReply = z.object({ reply: z.enum(["acked", "lost"]) });
const streamFields = z.object({ channel: z.string(), rev: z.string().regex(/^\d+$/), entry: z.string() });

/** One relay per shard at a time; calling again with the token that holds lengthens its lease. */
export async function claimRelay(
  context: StoreContext,
  shard: number,
  options: { readonly token: string; readonly leaseMs: number },
): Promise<boolean> {
  const call = { keys: [context.keys.shard(shard).relay], args: [options.token, options.leaseMs] };
  return (await context.scripts.run("relay-claim", call, relayReply)).reply === "claimed";
}

/** Gives the shard's relay back; `lost` = it was over, or another's. */
export async function releaseRelay(
  context: StoreContext,
  shard: number,
  options: { readonly token: string },
): Promise<"released" | "lost"> {
  const call = { keys: [context.keys.shard(shard).relay], args: [options.token] };
  return (await context.scripts.run("relay-release", call, relayEndReply)).reply;
}

/** The oldest entries, in the order of their commits. */
export async function outboxRead(context: StoreContext, shard: number, max: number): Promise<OutboxEntry[]> {
  const entries = await context.call("xrange", (client) =>
    client.xrange(context.keys.shard(shard).outbox, "-", "+", "COUNT", max),
  );
  return entries.map(([id, fields]) => toEntry(id, fields));
}

/** Removes what was relayed; `lost` = another relay has taken over, which will tell it again. */
export async function outboxAck(
  context: StoreContext,
  shard: number,
  relayed: { readonly token: string; readonly ids: readonly string[] },
): Promise<"acked" | "lost"> {
  const keys = context.keys.shard(shard);
  const call = { keys: [keys.relay, keys.outbox], args: [relayed.token, ...relayed.ids] };
  return (await context.scripts.run("outbox-ack", call, ackReply)).reply;
}

/** Age of the oldest entry of all shards that nobody has relayed; undefined = everything was. */
export async function outboxOldestAgeMs(context: StoreContext): Promise<number | undefined> {
  const shards = Array.from({ length: context.keys.shardCount }, (_, shard) => context.keys.shard(shard).outbox);
  const heads = await Promise.all(
    shards.map((outbox) => context.call("xrange", (client) => client.xrange(outbox, "-", "+", "COUNT", 1))),
  );
  const ages = heads.flatMap(([head]) => (head === undefined ? [] : [appendedAtMs(head[0])]));
  return ages.length === 0 ? undefined : Math.max(0, (await redisNowMs(context)) - Math.min(...ages));
}

/** Redis's clock; also the cheapest way to ask whether it answers. */
export async function redisNowMs(context: StoreContext): Promise<number> {
  const [seconds, microseconds] = await context.call("time", (client) => client.time());
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

function toEntry(id: string, list: readonly string[]): OutboxEntry {
  const fields = streamFields.safeParse(Object.fromEntries(pairs.parse(list)));
  const body = storedOutboxEntry.safeParse(fields.success ? parseJson(fields.data.entry) : undefined);
  if (!fields.success || !body.success) {
    throw new StoreError(`outbox entry ${id} is not what autorec writes; a newer version may have written it`, {
      code: "REC_RECORD_SCHEMA",
      retry: "terminal",
      context: { outboxId: id },
      cause: fields.error ?? body.error,
    });
  }
  const { channel, rev } = fields.data;
  const ref = refOf(channel);
  return {
    id,
    ref,
    rev,
    lifecycle: body.data.lifecycle.map((fact, i) => ({
      schemaVersion: 1,
      eventId: `${ref.appId}/${ref.channelName}/${rev}/${i}`,
      ...ref,
      ...fact,
    })),
    snapshots: body.data.snapshots.map((attempt) => ({ rev, attempt })),
    removedAttempts: body.data.removed,
    appendedAtMs: appendedAtMs(id),
  };
}

/** A stream id begins with the time of its append. */
function appendedAtMs(id: string): number {
  return Number(id.slice(0, id.indexOf("-")));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses undefined, and the error names the entry.
    return undefined;
  }
}
