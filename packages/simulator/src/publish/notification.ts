import type { Announcement } from "../core/world.ts";

/** One record for the channel-event topic. */
export interface OutgoingEvent {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The raw notification body (product 1) of an announcement, as a backend forwards it: one noticeId for all copies. */
export function toNotification(announcement: Announcement, noticeId: string): OutgoingEvent {
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
  const value = JSON.stringify({ noticeId, productId: 1, eventType, notifyMs: atMs, payload });
  return { key: channelName, value, headers: { "app-id": appId } };
}
