import { z } from "zod";
import type { ChannelRef } from "./channel-ref.ts";
import { clock, figure, flag } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";

/** Somebody who is said to be in a channel. `doubtful`: a recorder did not meet them; `maybeRecorder`: may be one itself. */
export interface StoredPerson {
  readonly uid: number;
  readonly kind: "certain" | "doubtful" | "maybeRecorder";
}

/** What a list of the users of a channel showed. */
export interface PresenceList {
  /** Redis's clock, not later than the first question: who was heard of since is left alone. */
  readonly askedAtMs: number;
  /** Doubtful people who were listed. */
  readonly there: readonly number[];
  /** People whom two lists in a row did not name. */
  readonly gone: readonly number[];
}

/** How many people are certain again, and how many are removed. */
export interface ConfirmResult {
  readonly trusted: number;
  readonly removed: number;
  readonly occupied: boolean;
  readonly nowMs: number;
}

const confirmedReply = z.object({
  reply: z.literal("confirmed"),
  trusted: figure,
  removed: figure,
  occupied: flag,
  ...clock,
});

/** Reads only; what is not an entry of ours is left out. */
export async function people(context: StoreContext, ref: ChannelRef): Promise<readonly StoredPerson[]> {
  const { presence } = context.keys.channel(ref);
  const entries = await context.call("hgetall", (client) => client.hgetall(presence));
  return Object.entries(entries).flatMap(([uid, entry]) => {
    const kind = /^\d+ 1 [ha] ([npdm]) /.exec(entry)?.[1];
    return kind === undefined ? [] : [{ uid: Number(uid), kind: kindNamed(kind) }];
  });
}

function kindNamed(letter: string): StoredPerson["kind"] {
  if (letter === "d") return "doubtful";
  return letter === "m" ? "maybeRecorder" : "certain";
}

/** S10. Repeating it changes nothing. */
export async function confirmPresence(
  context: StoreContext,
  ref: ChannelRef,
  list: PresenceList,
): Promise<ConfirmResult> {
  const keys = context.keys.channel(ref);
  const words = [
    ...list.there.map((uid) => [uid, "there"] as const),
    ...list.gone.map((uid) => [uid, "gone"] as const),
  ];
  const { occupied, nowMs, removed, trusted } = await context.scripts.run(
    "confirm-presence",
    {
      keys: [keys.channel, keys.presence, keys.gone, keys.due],
      args: [keys.member, Math.floor(list.askedAtMs), ...words.flat()],
    },
    confirmedReply,
  );
  return { trusted, removed, occupied, nowMs };
}
