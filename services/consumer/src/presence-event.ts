import { isBotClientType, isReservedUid, recorderClientType } from "@autorec/events";
import type { ChannelEvent, ReservedUidRange } from "@autorec/events";
import type { PresenceEvent } from "@autorec/session-store";

/**
 * What an event changes in the stored presence; undefined when it changes nothing: the creation of a channel says neither
 * who came nor that it was a person. `old`: held back by the replay gate.
 */
export function toPresenceEvent(
  event: ChannelEvent,
  options: { readonly old: boolean; readonly reserved?: ReservedUidRange },
): PresenceEvent | undefined {
  switch (event.kind) {
    case "channel-created":
      return undefined;
    case "channel-destroyed":
      return { kind: "look", destroyedAtMs: event.atMs };
    case "joined":
    case "left":
    case "role-changed": {
      const reserved = isReservedUid(event.uid, options.reserved);
      return {
        // An old change of role says, like an old join, that the uid is there: only a join can be held back.
        kind: event.kind === "role-changed" && options.old ? "joined" : event.kind,
        uid: event.uid,
        clientSeq: event.clientSeq,
        atMs: event.atMs,
        role: event.role,
        bot: reserved || isBotClientType(event.clientType),
        reserved,
        recorderClient: event.clientType === recorderClientType,
        ...(reserved && !isBotClientType(event.clientType) ? { untyped: true } : {}),
        ...(event.kind === "left" ? { reason: event.reason } : {}),
      };
    }
  }
}
