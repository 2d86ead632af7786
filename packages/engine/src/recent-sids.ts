import type { Decision, PendingFact } from "@autorec/domain";
import type { ChannelRef, SessionStore } from "@autorec/session-store";

/** A sid is in the journal once a relay has seen its commit, seconds later while Redis is there; this is many times that. */
const keptMs = 60_000;
/** Enough for a minute of a great deployment. The oldest go first, none for its age: nobody knows how long Redis will be away. */
const keptMax = 20_000;

/**
 * The sids that this process has learned lately. They reach Kafka through the outbox, which dies together with Redis: after a
 * loss they are told again, since a recorder without a sid could be neither asked nor stopped.
 */
export interface RecentSids {
  remember(ref: ChannelRef, decision: Pick<Decision, "lifecycle" | "record">): void;
  /** The store, with what is told to whoever holds the lease remembered: who decides on it may die together with Redis. */
  watched<Store extends Pick<SessionStore, "fact">>(store: Store): Store;
  /**
   * Leaves as facts what was learned since a minute before Redis was last seen whole, by the monotonic clock: however long it is
   * away, nothing is relayed meanwhile. What is known already stays as it is. They are decided on when the events of their
   * channels have had time to be applied again: a recorder in a channel of which nobody knows who is there would be stopped.
   * Answers how many. `isLost`: which channels may have lost them; absent: any.
   */
  retell(store: Pick<SessionStore, "fact">, seenAtMs: number, isLost?: (ref: ChannelRef) => boolean): Promise<number>;
}

/** Remembers nothing yet. */
export function createRecentSids({
  monotonicMs,
  eventLagMs,
}: {
  readonly monotonicMs: () => number;
  /** Within which an event that was said is applied. */
  readonly eventLagMs: number;
}): RecentSids {
  let recent: { readonly atMs: number; readonly ref: ChannelRef; readonly fact: PendingFact }[] = [];
  const keep = (ref: ChannelRef, fact: PendingFact): void => {
    recent.push({ atMs: monotonicMs(), ref, fact });
    if (recent.length > 2 * keptMax) recent = recent.slice(-keptMax);
  };
  return {
    remember(ref, { lifecycle, record }) {
      for (const { atMs, attempt: n, type } of lifecycle) {
        const attempt = n === undefined ? undefined : record.attempts[n];
        if (type !== "attempt.started" || attempt?.sid === undefined || attempt.resourceId === undefined) continue;
        const { mode, resourceId, session, sid, slot, uid } = attempt;
        const fact: PendingFact = { n: attempt.n, kind: "sid", slot, session, uid, mode, resourceId, sid, atMs };
        keep(ref, fact);
      }
    },
    watched: (store) => ({
      ...store,
      fact: async (...args: Parameters<SessionStore["fact"]>) => {
        const reply = await store.fact(...args);
        // What Redis has not taken is offered again by who told it.
        const [ref, fact] = args;
        if (fact.kind === "sid") keep(ref, fact);
        return reply;
      },
    }),
    async retell(store, seenAtMs, isLost = () => true) {
      const untold = recent.filter(({ atMs, ref }) => atMs >= seenAtMs - keptMs && isLost(ref)).slice(-keptMax);
      for (const { fact, ref } of untold) await store.fact(ref, fact, { withinMs: eventLagMs });
      return untold.length;
    },
  };
}
