import type { ChannelEvent, DeadLetterCode, DecodedRecord, EventSource } from "../channel-event.ts";
import type { RecordingHint } from "../recording-hint.ts";
import { readNotification } from "./agora-notification.ts";
import { shown } from "./event-field.ts";
import { readParticipantEvent } from "./participant-event.ts";
import { readRecordingNotification } from "./recording-notification.ts";

type HeaderPart = string | Uint8Array;
/** A Kafka header as clients deliver it. */
export type HeaderValue = HeaderPart | readonly HeaderPart[] | undefined;

/** One record of the event topic, and what is known besides: our clock and our apps. */
export interface RecordToDecode {
  /** Undefined: a record without a value. */
  readonly value: Uint8Array | undefined;
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly offset: string;
  /** Timestamp of the Kafka record, ms. */
  readonly receivedAtMs: number;
  readonly nowMs: number;
  /** App IDs of the configuration. */
  readonly apps: ReadonlySet<string>;
  /** The app that raw notifications without header `app-id` belong to. */
  readonly onlyAppId?: string;
}

/** An event is far below 2 KiB; a body beyond this is not parsed at all, so that none can keep the process busy. */
export const eventBytesMax = 65_536;

/** Clocks of senders may be this much ahead; an event beyond it would make its uid immune to its own leave. */
const futureToleranceMs = 300_000;

/** Agora's check button sends its tests with this channel name (and uid 12121212); nothing real is called so. */
const healthCheckChannel = "test_webhook";

/** Says what one record of `rtc.channel-events` is; total: never throws, whatever the bytes. */
export function decodeChannelEvent(record: RecordToDecode): DecodedRecord {
  const read = readBody(record);
  if ("dead" in read) return read.dead;
  const { body } = read;
  if ("schemaVersion" in body) return decodeOwn(record, body);
  if ("productId" in body) return decodeNotification(record, body);
  return dead("unknown", "REC_EVENT_UNKNOWN_SHAPE", "expected schemaVersion (our own event) or productId (Agora's)");
}

/** What one record of `agora.recording-events` turned out to be. */
export type DecodedRecordingEvent =
  | { readonly kind: "hint"; readonly hint: RecordingHint }
  | Extract<DecodedRecord, { readonly kind: "ignored" | "dead" }>;

/** Says what one record of `agora.recording-events` is; total: never throws, whatever the bytes. */
export function decodeRecordingEvent(record: RecordToDecode): DecodedRecordingEvent {
  const read = readBody(record);
  if ("dead" in read) return read.dead;
  const notification = readRecordingNotification(read.body, record);
  if (notification.kind === "fault") return dead("agora", notification.fault.code, notification.fault.message);
  if (notification.kind === "other_product") return { source: "agora", kind: "ignored", cause: "other_product" };
  const { hint } = notification;
  if (hint.channelName === healthCheckChannel) return { source: "agora", kind: "ignored", cause: "health_check" };
  const appId = headerText(record.headers["app-id"]) ?? record.onlyAppId;
  if (appId === undefined || !record.apps.has(appId)) {
    const message = `header app-id: expected an app of the configuration, got ${shown(appId)}`;
    return dead("agora", "REC_EVENT_APP_UNKNOWN", message);
  }
  return { kind: "hint", hint: { appId, ...hint } };
}

/** The JSON object of a record, or why there is none. */
function readBody({ value }: RecordToDecode): { readonly body: object } | { readonly dead: DeadRecord } {
  if (value === undefined || value.length === 0)
    return { dead: dead("unknown", "REC_EVENT_EMPTY", "the record has no value; expected a JSON object") };
  if (value.length > eventBytesMax) {
    const message = `the body has ${value.length} bytes; expected at most ${eventBytesMax}`;
    return { dead: dead("unknown", "REC_EVENT_TOO_LARGE", message) };
  }
  const parsed = parseJson(value);
  if (!parsed.ok) return { dead: dead("unknown", "REC_EVENT_NOT_JSON", `the body is not JSON: ${parsed.reason}`) };
  if (isObject(parsed.body)) return { body: parsed.body };
  const message = `expected an object with schemaVersion or productId, got ${shown(parsed.body)}`;
  return { dead: dead("unknown", "REC_EVENT_UNKNOWN_SHAPE", message) };
}

type DeadRecord = Extract<DecodedRecord, { readonly kind: "dead" }>;

function decodeOwn(record: RecordToDecode, body: object): DecodedRecord {
  const read = readParticipantEvent(body);
  if ("fault" in read) return dead("autorec", read.fault.code, read.fault.message);
  return checked("autorec", record, read.event);
}

function decodeNotification(record: RecordToDecode, body: object): DecodedRecord {
  const header = headerText(record.headers["app-id"]);
  const appId = header ?? record.onlyAppId;
  const read = readNotification(body, {
    appId: appId ?? "",
    receivedAtMs: record.receivedAtMs,
    offset: record.offset,
  });
  if (read.kind === "fault") return dead("agora", read.fault.code, read.fault.message);
  if (read.kind !== "event") return { source: "agora", kind: "ignored", cause: read.kind };
  if (appId === undefined && read.event.channelName !== healthCheckChannel) {
    const message = "Agora's notifications name no app: expected header app-id, as the configuration has several apps";
    return dead("agora", "REC_EVENT_APP_UNKNOWN", message);
  }
  return checked("agora", record, read.event);
}

/** What holds for both forms, once the fields are well formed. */
function checked(source: EventSource, record: RecordToDecode, event: ChannelEvent): DecodedRecord {
  if (event.channelName === healthCheckChannel) return { source, kind: "ignored", cause: "health_check" };
  if (!record.apps.has(event.appId)) {
    return dead(
      source,
      "REC_EVENT_APP_UNKNOWN",
      `appId: expected an app of the configuration, got ${shown(event.appId)}`,
    );
  }
  const ahead = aheadOf(event, record.nowMs);
  if (ahead !== undefined) return dead(source, "REC_EVENT_FROM_FUTURE", ahead);
  const hasAccount = "account" in event && event.account !== "";
  return { source, kind: "event", event, ...(hasAccount ? { warning: "string_account" as const } : {}) };
}

/** In words, when the event's time or a clientSeq that looks like milliseconds lies too far ahead of `nowMs`. */
function aheadOf(event: ChannelEvent, nowMs: number): string | undefined {
  const limitMs = nowMs + futureToleranceMs;
  const expected = `expected at most ${futureToleranceMs / 1_000} s ahead of ${nowMs} (ms)`;
  if (event.atMs > limitMs) return `time of the event (ms): ${expected}, got ${event.atMs}`;
  const looksLikeMs = "clientSeq" in event && event.clientSeq.length === 13;
  return looksLikeMs && Number(event.clientSeq) > limitMs
    ? `clientSeq: ${expected}, got ${event.clientSeq}`
    : undefined;
}

function dead(source: EventSource, code: DeadLetterCode, message: string): DeadRecord {
  return { source, kind: "dead", code, message: message.slice(0, 500) };
}

function headerText(value: HeaderValue): string | undefined {
  const part = typeof value === "string" || value instanceof Uint8Array ? value : value?.[0];
  return part === undefined || typeof part === "string" ? part : new TextDecoder().decode(part);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type ParsedJson = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly reason: string };

function parseJson(bytes: Uint8Array): ParsedJson {
  const text = new TextDecoder().decode(bytes);
  try {
    const body: unknown = JSON.parse(text);
    return { ok: true, body: hasLongNumber(text) ? JSON.parse(text, keepClientSeq) : body };
  } catch (err) {
    // The engine's message quotes the body; only its kind is passed on.
    return { ok: false, reason: err instanceof RangeError ? "nested too deeply" : "syntax error" };
  }
}

/** Numbers of 16 digits and more may not fit a double; only they are worth the second, recursive parse. */
function hasLongNumber(text: string): boolean {
  return /"clientSeq"\s*:\s*\d{16}/.test(text);
}

function keepClientSeq(this: unknown, key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return key === "clientSeq" && typeof value === "number" ? (context?.source ?? value) : value;
}
