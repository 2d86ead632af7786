import type { SimulatorSwitches } from "../settings/switches.ts";

/** Something that Agora's notification service tells, before it is put into an envelope. */
export interface Notification {
  /** 1: who joins and leaves channels; 3: cloud recording. */
  readonly productId: 1 | 3;
  readonly eventType: number;
  readonly appId: string;
  readonly channelName: string;
  /** Of product 3: the recording. */
  readonly sid?: string;
  readonly atMs: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The body of one send. `notifyMs` is the time of this send, also when it is sent again. @see E 1.2 */
export function envelopeOf(
  notification: Notification,
  sent: { readonly noticeId: string; readonly notifyMs: number },
  rules: Pick<SimulatorSwitches, "envelopeSid" | "envelopeEventMs">,
): string {
  const { productId, eventType, atMs, payload } = notification;
  const { noticeId, notifyMs } = sent;
  return JSON.stringify({
    noticeId,
    productId,
    eventType,
    ...(rules.envelopeEventMs ? { eventMs: atMs } : {}),
    notifyMs,
    ...(rules.envelopeSid ? { sid: sidOf(notification) } : {}),
    payload,
  });
}

/** What keeps its order: the events of a recording, or of a channel. */
export function laneOf({ sid, appId, channelName }: Notification): string {
  return sid ?? `${appId}/${channelName}`;
}

/** A channel's session has an id of its own; the same one for ever will do, since nobody can look it up. */
function sidOf({ sid, appId, channelName }: Notification): string {
  return sid ?? Buffer.from(`${appId}/${channelName}`).toString("hex").slice(-32).padStart(32, "0");
}
