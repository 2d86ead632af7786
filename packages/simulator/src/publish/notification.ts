import type { Announcement } from "../core/world.ts";
import type { Notification } from "./envelope.ts";

/** One record for a topic of notifications. */
export interface OutgoingEvent {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Takes one record and says when the broker has acknowledged it, however long that takes. */
export type SendEvent = (event: OutgoingEvent, onAcknowledged: () => void) => void;

/** The raw notification body (product 1) of an announcement, as a backend forwards it: one noticeId for all copies. */
export function toNotification(announcement: Announcement, noticeId: string): OutgoingEvent {
  const { productId, eventType, atMs, appId, channelName, payload } = channelNotification(announcement);
  const value = JSON.stringify({ noticeId, productId, eventType, notifyMs: atMs, payload });
  return { key: channelName, value, headers: { "app-id": appId } };
}

/** What product 1 tells of an announcement. @see E 2.1, E 2.2 */
export function channelNotification(announcement: Announcement): Notification {
  const {
    appId,
    channelName,
    eventType,
    atMs,
    uid,
    clientSeq,
    platform,
    clientType,
    account,
    reason,
    durationS,
    lastUid,
  } = announcement;
  // JSON leaves out what is undefined, as Agora leaves out what does not apply.
  const payload = {
    channelName,
    uid,
    platform,
    clientType,
    clientSeq,
    ts: Math.floor(atMs / 1_000),
    account,
    reason,
    duration: durationS,
    lastUid,
  };
  return { productId: 1, eventType, appId, channelName, atMs, payload };
}
