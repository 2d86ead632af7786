import { z } from "zod";
import type { ChannelEvent, ParticipantRole } from "../channel-event.ts";
import { channelNameField, clientSeqField, faultOf, timeField, uidField } from "./event-field.ts";
import type { EventFault } from "./event-field.ts";

/** What Agora's RTC events (product 1) say; 107 and 108 belong to a profile that knows hosts only. */
const kindByEventType: ReadonlyMap<number, { readonly kind: ChannelEvent["kind"]; readonly role: ParticipantRole }> =
  new Map([
    [101, { kind: "channel-created", role: "host" }],
    [102, { kind: "channel-destroyed", role: "host" }],
    [103, { kind: "joined", role: "host" }],
    [104, { kind: "left", role: "host" }],
    [105, { kind: "joined", role: "audience" }],
    [106, { kind: "left", role: "audience" }],
    [107, { kind: "joined", role: "host" }],
    [108, { kind: "left", role: "host" }],
    [111, { kind: "role-changed", role: "host" }],
    [112, { kind: "role-changed", role: "audience" }],
  ]);

/** Tolerant: unknown fields pass, and a field that decides nothing is dropped when it is odd. */
const envelopeSchema = z.looseObject({
  productId: z.number({ error: "expected a number" }),
  eventType: z.number({ error: "expected a number" }),
  payload: z.looseObject({}, { error: "expected an object" }),
});

const channelSchema = z.looseObject({ channelName: channelNameField, ts: timeField.optional() });

const participantSchema = z.looseObject({
  channelName: channelNameField,
  uid: uidField,
  clientSeq: clientSeqField.optional(),
  ts: timeField.optional(),
  reason: z.number().int().catch(0),
  account: z.string().optional().catch(undefined),
  clientType: z.number().int().optional().catch(undefined),
});

/** A notification that says something about presence, one that says nothing, or one that cannot be read. */
export type Notification =
  | { readonly kind: "event"; readonly event: ChannelEvent }
  | { readonly kind: "other_product" | "other_event_type" }
  | { readonly kind: "fault"; readonly fault: EventFault };

/** What the body leaves out and its record knows. */
export interface NotificationContext {
  readonly appId: string;
  /** Stands in for a `ts` that is missing. */
  readonly receivedAtMs: number;
  /** Of the Kafka record: orders events of one second that carry no clientSeq. */
  readonly offset: string;
}

/** What a raw Agora notification says about presence; `appId` comes from outside, the body carries none. */
export function readNotification(body: unknown, context: NotificationContext): Notification {
  const envelope = envelopeSchema.safeParse(body);
  if (!envelope.success) return { kind: "fault", fault: faultOf(envelope.error, body) };
  const { productId, eventType, payload } = envelope.data;
  if (productId !== 1) return { kind: "other_product" };
  const meaning = kindByEventType.get(eventType);
  if (meaning === undefined) return { kind: "other_event_type" };
  const { kind, role } = meaning;
  if (kind === "channel-created" || kind === "channel-destroyed") {
    const channel = channelSchema.safeParse(payload);
    if (!channel.success) return { kind: "fault", fault: faultOf(channel.error, payload) };
    const { channelName, ts } = channel.data;
    return { kind: "event", event: { kind, appId: context.appId, channelName, atMs: atMsOf(ts, context) } };
  }
  const participant = participantSchema.safeParse(payload);
  if (!participant.success) return { kind: "fault", fault: faultOf(participant.error, payload) };
  const { channelName, uid, ts, clientSeq, reason, account, clientType } = participant.data;
  const sequence = clientSeq ?? sequenceFromTime(ts, context.offset);
  if (sequence === undefined) {
    const message =
      "payload: expected clientSeq or, instead of it, ts; without either nothing says which event is newer";
    return { kind: "fault", fault: { code: "REC_EVENT_CLIENT_SEQ", message } };
  }
  const common = {
    appId: context.appId,
    channelName,
    uid,
    clientSeq: sequence,
    atMs: atMsOf(ts, context),
    role,
    ...(account === undefined || account === "" ? {} : { account }),
    ...(clientType === undefined ? {} : { clientType }),
  };
  return { kind: "event", event: kind === "left" ? { kind, reason, ...common } : { kind, ...common } };
}

/** Agora's `ts` is in seconds. */
function atMsOf(tsS: number | undefined, context: NotificationContext): number {
  return tsS === undefined ? context.receivedAtMs : tsS * 1_000;
}

/**
 * A stand-in of the same size as Agora's own clientSeq (ms since the epoch), so that both can be compared; the
 * offset orders what happened within one second, except where its last three digits wrap.
 */
function sequenceFromTime(tsS: number | undefined, offset: string): string | undefined {
  return tsS === undefined ? undefined : String(BigInt(tsS) * 1_000n + (BigInt(offset) % 1_000n));
}
