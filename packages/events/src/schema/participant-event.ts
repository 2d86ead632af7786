import { z } from "zod";
import type { ChannelEvent } from "../channel-event.ts";
import { channelNameField, clientSeqField, faultOf, timeField, uidField } from "./event-field.ts";
import type { EventFault } from "./event-field.ts";

/** Our own input event, version 1: strict, since its sender is under the same roof and its version says what it means. */
const participantEventSchema = z.strictObject({
  schemaVersion: z.literal(1, { error: "expected 1" }),
  appId: z.string({ error: "expected the App ID" }),
  channelName: channelNameField,
  type: z.enum(["participant.joined", "participant.left"], {
    error: "expected participant.joined or participant.left",
  }),
  uid: uidField,
  clientSeq: clientSeqField,
  atMs: timeField,
  reason: z.number().int().exactOptional(),
  role: z.enum(["host", "audience"]).exactOptional(),
  account: z.string().exactOptional(),
  clientType: z.number().int().exactOptional(),
});

/** The event that a body of our own form says, or its first fault. */
export function readParticipantEvent(body: unknown): { event: ChannelEvent } | { fault: EventFault } {
  const parsed = participantEventSchema.safeParse(body);
  if (!parsed.success) return { fault: faultOf(parsed.error, body) };
  const { schemaVersion: _version, type, reason = 0, role = "host", ...common } = parsed.data;
  return {
    event:
      type === "participant.joined" ? { kind: "joined", role, ...common } : { kind: "left", role, reason, ...common },
  };
}
