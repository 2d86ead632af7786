export type { HeaderValue, RecordToDecode } from "./decode-channel-event.ts";
export type { DecodedRecordingEvent } from "./decode-channel-event.ts";
export { decodeChannelEvent, decodeRecordingEvent } from "./decode-channel-event.ts";
export type { AttemptSnapshot } from "./attempt-snapshot.ts";
