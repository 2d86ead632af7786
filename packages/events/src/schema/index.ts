export type { HeaderValue, RecordToDecode } from "./decode-channel-event.ts";
export { decodeChannelEvent, eventBytesMax, futureToleranceMs } from "./decode-channel-event.ts";
export { lifecycleEventSchema } from "./lifecycle-event.ts";
export type { AttemptSnapshot } from "./attempt-snapshot.ts";
export { attemptSnapshotSchema } from "./attempt-snapshot.ts";
