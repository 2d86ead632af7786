import type { ChannelView } from "@autorec/domain";
import { z } from "zod";
import { type ChannelRef, refOf } from "./channel-ref.ts";
import { parseView } from "./channel-view.ts";
import type { StoreContext } from "./store-context.ts";
import { clock, figure, view } from "./reply-schema.ts";
import { StoreError, type StoreErrorCode } from "./store-error.ts";

/** One channel as a lease holder reads it, in one atomic step. */
export interface ClaimedChannel {
  readonly ref: ChannelRef;
  readonly view: ChannelView;
  /** A commit must name it: it is refused when somebody wrote since. */
  readonly rev: string;
  /** Grows with each lease; for logs and the ledger, never compared. */
  readonly fence: string;
  readonly leaseUntilMs: number;
  /** Redis's clock. */
  readonly nowMs: number;
  /** Hashes of the rules of living processes. */
  readonly liveRuleHashes: readonly string[];
}

/** Who asks for a lease, and for how long. */
export interface ClaimOptions {
  /** 128 random bits, fresh for each call; the same again only to repeat a call whose reply was lost. */
  readonly token: string;
  /** Who holds, for people. */
  readonly owner: string;
  readonly leaseMs: number;
}

/** A channel whose record cannot be used. It stays leased, so it is met again once per lease and starves nobody. */
export interface UnreadableChannel {
  readonly ref: ChannelRef;
  readonly unreadable: { readonly code: StoreErrorCode; readonly message: string };
}

/** What was granted of a shard; `not_ready`: its state is not complete, so nobody may claim. */
export type ClaimDueResult =
  | {
      readonly kind: "claimed";
      readonly channels: readonly ClaimedChannel[];
      readonly unreadable: readonly UnreadableChannel[];
      readonly nowMs: number;
    }
  | { readonly kind: "not_ready"; readonly nowMs: number };

/** `busy`: somebody holds the channel and will see what was written; `not_due`: nothing asks for work. */
export type ClaimOneResult =
  | { readonly kind: "claimed"; readonly channel: ClaimedChannel }
  | { readonly kind: "busy" }
  | { readonly kind: "not_due" }
  | { readonly kind: "not_ready" };

const claimedView = { ...clock, ...view, leaseUntilMs: figure };
const claimReply = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("claimed"), ...claimedView }),
  z.object({ reply: z.enum(["busy", "not_due", "not_ready"]), ...clock }),
]);
const findReply = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("found"), ...clock, held: z.array(z.string()), due: z.array(z.string()) }),
  z.object({ reply: z.literal("not_ready"), ...clock }),
]);

/** The claim of a conflict's reply has the same fields. */
export const claimedFields = claimedView;

// Leased channels that are met are moved out of the way; after so many rounds the rest waits for the next tick.
const roundsMax = 3;

/**
 * S2. Two steps, so that every key of a script is declared: find what is due, then claim channel by channel. Each claim is
 * atomic by itself, and two processes that found the same channel see one claim and one refusal.
 */
export async function claimDue(
  context: StoreContext,
  shard: number,
  options: ClaimOptions & { readonly max: number },
): Promise<ClaimDueResult> {
  const keys = context.keys.shard(shard);
  const claims = keys.claims(options.token);
  const find = (max: number): Promise<z.infer<typeof findReply>> =>
    context.scripts.run("find-due", { keys: [keys.ready, keys.due, claims], args: [max] }, findReply);
  const take = (members: readonly string[]): Promise<Claim[]> =>
    Promise.all(members.map((member) => claim(context, refOf(member), { ...options, claims })));

  const first = await find(options.max);
  if (first.reply === "not_ready") return { kind: "not_ready", nowMs: first.nowMs };
  // This token has claimed before and its reply was lost: one token, one set of channels.
  if (first.held.length > 0) return claimedOf(await take(first.held), first.nowMs);

  const claimsMade: Claim[] = [];
  let members = first.due;
  let nowMs = first.nowMs;
  for (let round = 1; members.length > 0; round++) {
    claimsMade.push(...(await take(members)));
    const missing = options.max - claimsMade.filter((made) => made.reply === "claimed").length;
    if (missing === 0 || round === roundsMax) break;
    const next = await find(missing);
    if (next.reply === "not_ready") break;
    members = next.due;
    nowMs = next.nowMs;
  }
  return claimedOf(claimsMade, nowMs);
}

/** S3. Throws `REC_RECORD_SCHEMA` when the record cannot be used; the lease then runs out by itself. */
export async function claimOne(context: StoreContext, ref: ChannelRef, options: ClaimOptions): Promise<ClaimOneResult> {
  const made = await claim(context, ref, options);
  return made.reply === "claimed" ? { kind: "claimed", channel: toClaimed(ref, made) } : { kind: made.reply };
}

/** Assembles what a claim or a conflict answers. */
export function toClaimed(ref: ChannelRef, reply: z.infer<z.ZodObject<typeof claimedView>>): ClaimedChannel {
  return {
    ref,
    view: parseView(ref, reply),
    rev: reply.channel.get("rev") ?? "0",
    fence: reply.channel.get("fence") ?? "0",
    leaseUntilMs: reply.leaseUntilMs,
    nowMs: reply.nowMs,
    liveRuleHashes: reply.rules,
  };
}

type Claim = z.infer<typeof claimReply> & { readonly ref: ChannelRef };

async function claim(
  context: StoreContext,
  ref: ChannelRef,
  options: ClaimOptions & { readonly claims?: string },
): Promise<Claim> {
  const keys = context.keys.channel(ref);
  const { claims } = options;
  const reply = await context.scripts.run(
    "claim",
    {
      keys: [
        keys.ready,
        keys.due,
        keys.channel,
        keys.presence,
        keys.uids,
        keys.rules,
        ...(claims === undefined ? [] : [claims]),
      ],
      args: [keys.member, options.token, options.owner, options.leaseMs],
    },
    claimReply,
  );
  return { ...reply, ref };
}

/** One unusable record must not cost the others their turn. */
function claimedOf(claims: readonly Claim[], nowMs: number): ClaimDueResult {
  const channels: ClaimedChannel[] = [];
  const unreadable: UnreadableChannel[] = [];
  for (const made of claims) {
    if (made.reply !== "claimed") continue;
    try {
      channels.push(toClaimed(made.ref, made));
    } catch (err) {
      if (!(err instanceof StoreError)) throw err;
      unreadable.push({ ref: made.ref, unreadable: { code: err.code, message: err.message } });
    }
  }
  return { kind: "claimed", channels, unreadable, nowMs };
}
