/** What a participant of a channel is; only the live profile tells hosts and audience apart. */
export type ParticipantRole = "host" | "audience";

interface ChannelEventBase {
  readonly appId: string;
  readonly channelName: string;
  /** When it happened according to the sender, ms since the epoch. */
  readonly atMs: number;
}

interface ParticipantEventBase extends ChannelEventBase {
  /** 1 … 4294967295. */
  readonly uid: number;
  /** Grows per uid; decimal digits, at most 20, compared as numbers, never through a double. */
  readonly clientSeq: string;
  readonly role: ParticipantRole;
  /** String user account, if the sender named one: such a channel cannot be recorded cleanly by Agora. */
  readonly account?: string;
  /** Agora's kind of client; see `isBotClientType`. */
  readonly clientType?: number;
}

/** One decoded record of `rtc.channel-events`, whichever of the two accepted forms it came in. */
export type ChannelEvent =
  | (ParticipantEventBase & { readonly kind: "joined" })
  | (ParticipantEventBase & { readonly kind: "left"; readonly reason: number })
  | (ParticipantEventBase & { readonly kind: "role-changed" })
  | (ChannelEventBase & { readonly kind: "channel-created" })
  | (ChannelEventBase & { readonly kind: "channel-destroyed" });

/** Why a record of `rtc.channel-events` goes to the dead-letter topic; header `x-error-code`. */
export const deadLetterCodes = [
  "REC_EVENT_EMPTY",
  "REC_EVENT_TOO_LARGE",
  "REC_EVENT_NOT_JSON",
  "REC_EVENT_UNKNOWN_SHAPE",
  "REC_EVENT_SCHEMA_VERSION",
  "REC_EVENT_APP_UNKNOWN",
  "REC_EVENT_CHANNEL_NAME",
  "REC_EVENT_UID",
  "REC_EVENT_CLIENT_SEQ",
  "REC_EVENT_TIME",
  "REC_EVENT_FROM_FUTURE",
] as const;
/** One of `deadLetterCodes`. */
export type DeadLetterCode = (typeof deadLetterCodes)[number];

/** Why a well-formed record changes nothing. */
export type IgnoredCause = "health_check" | "other_product" | "other_event_type";

/** Which of the accepted forms a record has: our own, Agora's notification, or neither; label `source` of metrics. */
export const eventSources = ["autorec", "agora", "unknown"] as const;
/** One of `eventSources`. */
export type EventSource = (typeof eventSources)[number];

/** What one record of `rtc.channel-events` turned out to be. */
export type DecodedRecord = { readonly source: EventSource } & (
  | { readonly kind: "event"; readonly event: ChannelEvent; readonly warning?: "string_account" }
  | { readonly kind: "ignored"; readonly cause: IgnoredCause }
  /** `message`: at most 500 characters, never the whole body. */
  | { readonly kind: "dead"; readonly code: DeadLetterCode; readonly message: string }
);
