import { z } from "zod";
import type { ChannelRef } from "./channel-ref.ts";
import { refOf } from "./channel-ref.ts";
import { claimedFields, type ClaimedChannel, type ClaimOptions, toClaimed } from "./claims.ts";
import type { StoreContext } from "./store-context.ts";
import { clock, figure, flag } from "./reply-schema.ts";
import { StoreError } from "./store-error.ts";

/** What happened to one uid, or a reason to look at the channel. */
export type PresenceEvent =
  | {
      readonly kind: "joined" | "left" | "role-changed";
      readonly uid: number;
      /** Decimal digits, at most 20; per uid the greatest wins. */
      readonly clientSeq: string;
      /** The sender's time, ms. */
      readonly atMs: number;
      readonly role: "host" | "audience";
      /** A recorder or another bot, by its clientType or the reserved range: never counted. */
      readonly bot: boolean;
      /** The uid lies in the range that is reserved for recorders. */
      readonly reserved: boolean;
      /** clientType 10: each coming and going is a reason to look. */
      readonly recorderClient: boolean;
      /** The uid is reserved, yet its client is no recorder as far as anybody said. */
      readonly untyped?: boolean;
      readonly reason?: number;
    }
  | {
      readonly kind: "look";
      /** Event 102, sender's time: who joined before it is gone, unless a recorder may be in the channel (protocol.md §11). */
      readonly destroyedAtMs?: number;
    };

/** A place in a partition of the input topic; offsets are decimal strings. */
export interface PartitionOffset {
  readonly partition: number;
  readonly offset: string;
}

/** Events of one channel, in any order and as often as you like. */
export interface PresenceUpdate {
  readonly events: readonly PresenceEvent[];
  /** Hold the channel back until `offset` of this partition is applied: a join among the events is old. */
  readonly hold?: PartitionOffset;
  /** How far the partition is applied with these events: a hold whose offset is not greater ends. */
  readonly appliedOffset?: PartitionOffset;
  /** Claims the channel in the same step, if the events make it due and nobody holds it. */
  readonly claim?: ClaimOptions;
}

/** What the events have changed. */
export interface PresenceResult {
  /** The channel was made due: reconcile it now. */
  readonly changed: boolean;
  readonly occupied: boolean;
  /** Somebody held the lease before this update; a claim that is repeated finds its own first try. */
  readonly leaseHeld: boolean;
  /** The lease that the claim got. */
  readonly granted?: ClaimedChannel;
  readonly applied: number;
  /** Duplicates, overtaken events and leaves with reason 5; they changed nothing. */
  readonly stale: number;
  /** Uids of the reserved range, met for the first time, that may be a person's. */
  readonly strangers: number;
  readonly nowMs: number;
}

// Redis does nothing else while a script runs: a long list of events goes in pieces, each atomic, all of them repeatable.
const eventsPerScriptMax = 500;
const heldChannelsPerReadMax = 1_000;

const appliedReply = z.object({
  reply: z.literal("applied"),
  changed: flag,
  occupied: flag,
  leaseHeld: flag,
  applied: figure,
  stale: figure,
  strangers: figure,
  ...z.object(claimedFields).partial().shape,
  ...clock,
});

/** S1. Applying the same events again, in any order, changes nothing. */
export async function applyPresence(
  context: StoreContext,
  ref: ChannelRef,
  update: PresenceUpdate,
): Promise<PresenceResult> {
  const { hold, appliedOffset, claim } = update;
  if (hold !== undefined && appliedOffset !== undefined && hold.partition !== appliedOffset.partition) {
    throw new TypeError(
      `hold (partition ${hold.partition}) and appliedOffset (partition ${appliedOffset.partition}) must name one partition`,
    );
  }
  const keys = context.keys.channel(ref);
  const partition = (hold ?? appliedOffset)?.partition ?? 0;
  const { lifeMs, countMax, lifeMsMin } = context.tombstones;
  const pieces = piecesOf(update.events, eventsPerScriptMax);
  // A change in several scripts is too long for this shortcut to matter: its look claims the channel.
  const claimArgs = claim === undefined || pieces.length > 1 ? ["", "", 0] : [claim.token, claim.owner, claim.leaseMs];
  const run = (events: readonly PresenceEvent[], isLast: boolean): Promise<z.infer<typeof appliedReply>> =>
    context.scripts.run(
      "apply-presence",
      {
        keys: [
          ...[keys.channel, keys.presence, keys.uids, keys.gone, keys.due, keys.index, keys.holds(partition)],
          ...[keys.ready, keys.rules],
        ],
        args: [
          ...[keys.member, partition, padded(hold?.offset), isLast ? padded(appliedOffset?.offset) : ""],
          ...[lifeMs, countMax, lifeMsMin],
          ...claimArgs,
          ...events.flatMap(eventArgs),
        ],
      },
      appliedReply,
    );

  let total: Tally = { changed: false, applied: 0, stale: 0, strangers: 0 };
  for (const piece of pieces.slice(0, -1)) total = sum(total, await run(piece, false));
  const last = await run(pieces.at(-1) ?? [], true);
  const granted = grantedOf(ref, last);
  return {
    ...sum(total, last),
    ...{ occupied: last.occupied, leaseHeld: last.leaseHeld, nowMs: last.nowMs },
    ...(granted === undefined ? {} : { granted }),
  };
}

/** A record that cannot be used is the schedule's to report: presence is applied, and the lease runs out by itself. */
function grantedOf(ref: ChannelRef, reply: z.infer<typeof appliedReply>): ClaimedChannel | undefined {
  const { channel, leaseUntilMs, nowMs, rules, uids } = reply;
  if (channel === undefined || uids === undefined || rules === undefined || leaseUntilMs === undefined)
    return undefined;
  try {
    return toClaimed(ref, { channel, uids, rules, leaseUntilMs, nowMs });
  } catch (err) {
    if (err instanceof StoreError) return undefined;
    throw err;
  }
}

const releasedReply = z.object({ reply: z.enum(["released", "kept"]), ...clock });

/** Ends the holds of a shard's channels that this partition's progress has reached; answers how many ended. */
export async function releaseHolds(context: StoreContext, shard: number, position: PartitionOffset): Promise<number> {
  const keys = context.keys.shard(shard);
  const holds = keys.holds(position.partition);
  const members = await context.call("zrange", (client) =>
    client.zrange(holds, "-inf", position.offset, "BYSCORE", "LIMIT", 0, heldChannelsPerReadMax),
  );
  const replies = await Promise.all(
    members.map((member) => {
      const channel = context.keys.channel(refOf(member));
      return context.scripts.run(
        "release-hold",
        { keys: [channel.channel, channel.due, holds], args: [member, position.partition, padded(position.offset)] },
        releasedReply,
      );
    }),
  );
  return replies.filter((reply) => reply.reply === "released").length;
}

/** The greatest offset of the partition that a channel of the shard waits for; undefined = none waits. */
export async function highestHold(
  context: StoreContext,
  shard: number,
  partition: number,
): Promise<string | undefined> {
  const holds = context.keys.shard(shard).holds(partition);
  const [, offset] = await context.call("zrevrange", (client) => client.zrevrange(holds, 0, 0, "WITHSCORES"));
  return offset === undefined ? undefined : String(BigInt(Number(offset)));
}

function eventArgs(event: PresenceEvent): readonly (string | number)[] {
  if (event.kind === "look") return ["look", "", "", wholeMs(event.destroyedAtMs), "", "", ""];
  const flags = `${event.bot ? "b" : ""}${event.reserved ? "r" : ""}${event.recorderClient ? "c" : ""}${event.untyped === true ? "u" : ""}`;
  const role = event.role === "host" ? "h" : "a";
  return [event.kind, event.uid, padded(event.clientSeq), wholeMs(event.atMs), role, flags, event.reason ?? ""];
}

function wholeMs(atMs: number | undefined): number | "" {
  return atMs === undefined ? "" : Math.max(0, Math.floor(atMs));
}

/** Twenty digits hold any 64-bit number, and then text compares as numbers do. */
function padded(digits: string | undefined): string {
  if (digits === undefined) return "";
  if (!/^\d{1,20}$/.test(digits)) throw new TypeError(`"${digits}" must be 1 to 20 decimal digits`);
  return digits.padStart(20, "0");
}

function piecesOf<T>(list: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

type Tally = Pick<PresenceResult, "changed" | "applied" | "stale" | "strangers">;

function sum(a: Tally, b: Tally): Tally {
  const { applied, changed, stale, strangers } = b;
  return {
    changed: a.changed || changed,
    applied: a.applied + applied,
    stale: a.stale + stale,
    strangers: a.strangers + strangers,
  };
}
