import { z } from "zod";
import type { RecordingHint } from "../recording-hint.ts";
import { channelNameField, faultOf, uidField } from "./event-field.ts";
import type { EventFault } from "./event-field.ts";

/** Tolerant, as for product 1: unknown fields pass, and what decides nothing is dropped when it is odd. */
const envelopeSchema = z.looseObject({
  productId: z.number({ error: "expected a number" }),
  eventType: z.number({ error: "expected a number" }),
  payload: z.looseObject({}, { error: "expected an object" }),
});

const number = z.coerce.number().optional().catch(undefined);

/** What every event of a recording says. @see E 3.1 */
const recordingSchema = z.looseObject({
  cname: channelNameField,
  uid: uidField,
  sid: z
    .string({ error: "expected the sid of a recording" })
    .min(1, { error: "expected the sid of a recording" })
    .max(256, { error: "expected the sid of a recording" }),
  sendts: z.number().optional().catch(undefined),
  details: z
    .looseObject({
      newUid: uidField.optional().catch(undefined),
      module: number,
      errorLevel: number,
      errorCode: number,
      exitStatus: number,
      leaveCode: number,
    })
    .catch({}),
});

/** A notification of a recording, one of something else, or one that cannot be read. */
export type RecordingNotification =
  | { readonly kind: "hint"; readonly hint: Omit<RecordingHint, "appId"> }
  | { readonly kind: "other_product" }
  | { readonly kind: "fault"; readonly fault: EventFault };

/** Bit of `leaveCode`: nobody had been in the channel for `maxIdleTime`. @see E 3.4 */
const noUsersBit = 4;
/** Of module 1, the uploader: files do not arrive. @see R 7.3 */
const storageErrors: readonly number[] = [32, 47, 51];

/** What a raw notification of product 3 says; every event of a recording names its sid, whatever else it says. @see E 3.2 */
export function readRecordingNotification(
  body: unknown,
  { receivedAtMs }: { readonly receivedAtMs: number },
): RecordingNotification {
  const envelope = envelopeSchema.safeParse(body);
  if (!envelope.success) return { kind: "fault", fault: faultOf(envelope.error, body) };
  const { eventType, payload, productId } = envelope.data;
  if (productId !== 3) return { kind: "other_product" };
  const read = recordingSchema.safeParse(payload);
  if (!read.success) return { kind: "fault", fault: faultOf(read.error, payload) };
  const { cname, details, sendts, sid, uid } = read.data;
  const common = { channelName: cname, uid, sid, sentAtMs: sendts ?? receivedAtMs };
  return { kind: "hint", hint: { ...common, ...meaningOf(eventType, details) } };
}

type Meaning = Omit<RecordingHint, "appId" | "channelName" | "uid" | "sid" | "sentAtMs">;

function meaningOf(eventType: number, details: z.infer<typeof recordingSchema>["details"]): Meaning {
  switch (eventType) {
    case 1: {
      const { errorCode, errorLevel, module } = details;
      const isStorage = module === 1 && typeof errorCode === "number" && storageErrors.includes(errorCode);
      return { look: errorLevel === 5, ...(isStorage ? { storageError: errorCode } : {}) };
    }
    case 11:
      return { look: true, exitSaid: true };
    case 12:
      return details.newUid === undefined ? { look: true } : { look: true, newUid: details.newUid };
    case 41: {
      const leaveCode = typeof details.leaveCode === "number" ? details.leaveCode : 0;
      return { look: true, ...(leaveCode & noUsersBit ? { idleSaid: true } : {}) };
    }
    default:
      return { look: false };
  }
}
