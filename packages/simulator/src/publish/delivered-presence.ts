import type { Announcement } from "../core/world.ts";
import { isBotClient } from "../history/bot-clients.ts";

interface Known {
  readonly seq: number;
  readonly online: boolean;
  readonly host: boolean;
}

interface ChannelPresence {
  /** Per uid the acknowledged event with the greatest clientSeq. */
  readonly delivered: Map<number, Known>;
  /** Participants that truly are there, delivered or not. */
  readonly present: Set<number>;
}

/** Who is there in the eyes of somebody who has read every acknowledged event. */
export interface DeliveredPresence {
  readonly happened: (announcement: Announcement) => void;
  readonly acknowledged: (announcement: Announcement) => void;
  /** Somebody else is there and the readers know it: then a join may be lost without emptying the channel. */
  readonly hasAnother: (announcement: Announcement) => boolean;
}

export function createDeliveredPresence(): DeliveredPresence {
  const channels = new Map<string, ChannelPresence>();
  const of = ({ appId, channelName }: Announcement): ChannelPresence => {
    const key = `${appId}/${channelName}`;
    const known = channels.get(key);
    if (known !== undefined) return known;
    const fresh = { delivered: new Map<number, Known>(), present: new Set<number>() };
    channels.set(key, fresh);
    return fresh;
  };

  return {
    happened: (announcement) => {
      const { kind, uid } = announcement;
      if (uid === undefined || !isParticipant(announcement) || announcement.reason === 5) return;
      if (kind === "join") of(announcement).present.add(uid);
      if (kind === "leave") of(announcement).present.delete(uid);
    },
    acknowledged: (announcement) => {
      const { kind, uid, clientSeq, eventType } = announcement;
      if (uid === undefined || clientSeq === undefined || !isParticipant(announcement) || announcement.reason === 5)
        return;
      const { delivered } = of(announcement);
      if ((delivered.get(uid)?.seq ?? 0) >= clientSeq) return;
      delivered.set(uid, { seq: clientSeq, online: kind !== "leave", host: isHostEvent(eventType) });
    },
    hasAnother: (announcement) => {
      const { delivered, present } = of(announcement);
      for (const [uid, { online, host }] of delivered) {
        // Only a host replaces a host: in the live profile an audience does not keep a channel occupied.
        if (uid !== announcement.uid && online && present.has(uid) && (host || !isHostEvent(announcement.eventType)))
          return true;
      }
      return false;
    },
  };
}

function isParticipant({ recorder, clientType }: Announcement): boolean {
  return !recorder && !isBotClient(clientType);
}

function isHostEvent(eventType: number): boolean {
  return eventType === 103 || eventType === 107 || eventType === 111;
}
