export type { HeaderValue, RecordToDecode } from "./decode-channel-event.ts";
export { decodeChannelEvent } from "./decode-channel-event.ts";
export type { AttemptSnapshot } from "./attempt-snapshot.ts";
