import type { ChannelRecord, PendingFact } from "@autorec/domain";

/**
 * Facts that name the recorders of a record which may run, in case Redis has forgotten it: without a sid nobody can stop them.
 * Whom nobody can control, a sid does not help.
 */
export function knownSids({ attempts }: Pick<ChannelRecord, "attempts">): readonly PendingFact[] {
  return Object.values(attempts).flatMap(
    ({
      claimedAtMs,
      controlLost,
      liveAtMs,
      mode,
      n,
      resourceId,
      session,
      sid,
      slot,
      st,
      uid,
    }): readonly PendingFact[] =>
      st === "CLOSED" || controlLost || sid === undefined || resourceId === undefined
        ? []
        : [{ n, kind: "sid", slot, session, uid, mode, resourceId, sid, atMs: liveAtMs ?? claimedAtMs }],
  );
}
