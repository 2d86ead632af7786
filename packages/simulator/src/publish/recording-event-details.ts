import { objectKey, playlistName, snapshotName } from "../core/file-names.ts";
import { listedFiles } from "../core/recorded-files.ts";
import { firstMediaAtMs, recordedMs } from "../core/recorded-media.ts";
import { recorderStatus } from "../core/recorder-status.ts";
import type { LeaveCause, RecordingMoment } from "../core/recording-moment.ts";
import { rtmpStatus } from "../core/web-page.ts";
import type { Recording } from "../core/recording.ts";
import type { World } from "../core/world.ts";
import type { RecordingEventType } from "./recording-event-table.ts";

/** An event of product 3 as far as its own details go. */
export interface RecordingEvent {
  readonly eventType: RecordingEventType;
  readonly details: Readonly<Record<string, unknown>>;
}

type Trouble = Extract<RecordingMoment, { readonly kind: "trouble" }>;

/** `status` of the events that only ever say that all is well. */
export function okStatus(world: World): { readonly status: number | string } {
  return { status: world.settings.switches.statusAsText ? "0" : 0 };
}

/** Event 1; of the page recorder also 72, or 73 alone while it only loads its page again. @see E 3.3, R 10.8 */
export function troubleEvents(trouble: Trouble): readonly RecordingEvent[] {
  const { module, errorLevel, errorCode, errorMsg } = trouble;
  if (module === 6 && errorLevel < 3) return [{ eventType: 73, details: { reason: errorMsg } }];
  const error = { module, errorLevel, errorCode, stat: errorLevel < 4 ? 0 : 1, errorMsg };
  return [
    ...(module === 6 && errorCode === 2 ? [{ eventType: 72, details: { limitType: errorMsg } } as const] : []),
    { eventType: 1, details: error },
  ];
}

/** Event 3: a call did not fit the state. @see E 3.5 */
export function statusUpdate(world: World, recording: Recording): RecordingEvent {
  const status = recorderStatus(world, recording);
  const { individualModeNumber } = world.settings.switches;
  const numbers = { individual: individualModeNumber, mix: 1 - individualModeNumber, web: undefined };
  const details = {
    status: status === "notFound" ? 8 : status,
    recordingMode: numbers[recording.mode],
    fileList:
      hasPlaylist(recording) && firstMediaAtMs(world, recording) !== undefined ? firstPlaylist(world, recording) : "",
  };
  return { eventType: 3, details };
}

/** Event 4: the first index file; nothing where only pictures are taken. */
export function fileInfos(world: World, recording: Recording): readonly RecordingEvent[] {
  if (!hasPlaylist(recording)) return [];
  return [{ eventType: 4, details: { fileList: firstPlaylist(world, recording) } }];
}

/** `fileList` of events 31 and 32. */
export function uploadedFiles(world: World, recording: Recording): Readonly<Record<string, unknown>> {
  if (recording.mode === "web" && world.settings.switches.webFilesEvent === "absent") return {};
  return { fileList: hasPlaylist(recording) ? listedFiles(world, recording) : [] };
}

/** Event 33: how much of what was recorded is in the bucket, of 10000; grows with every whole slice, never full before the end. */
export function progressEvent(world: World, recording: Recording): RecordingEvent {
  const slices = Math.floor(recordedMs(world, recording) / Math.max(1, world.settings.durations.firstSliceMs));
  return { eventType: 33, details: { progress: Math.floor((10_000 * slices) / (slices + 1)) } };
}

/** Event 45 of a picture, with the folder that it lies in. @see R 14 */
export function snapshotEvent(
  world: World,
  recording: Recording,
  shot: { readonly uid: number; readonly utcMs: number },
): RecordingEvent {
  const place = { rules: world.settings.switches, migration: recording.migrationCount };
  const name = snapshotName(recording, { ...place, ...shot });
  return { eventType: 45, details: { fileName: objectKey(recording.storage.fileNamePrefix, name) } };
}

/** Event 71 with one of its seven codes. @see R 10.8 */
export function webStopped(
  world: World,
  recording: Recording,
  why: { readonly cause: LeaveCause; readonly trouble: Trouble | undefined },
): RecordingEvent {
  const code = why.cause === "failed" ? (why.trouble?.errorCode ?? 3) : webStopCodes[why.cause];
  const { webStoppedFileKey, fileNameKey } = world.settings.switches;
  const files = firstMediaAtMs(world, recording) === undefined ? [] : listedFiles(world, recording);
  const fileList = files.map((file) => ({
    [webStoppedFileKey]: file[fileNameKey],
    sliceStartTime: file["sliceStartTime"],
  }));
  const message = webStopMessages[code] ?? "recorder_error";
  return { eventType: 71, details: { code, message, details: why.trouble?.errorMsg ?? "", fileList } };
}

/** Event 100: where the page is pushed to, and how that goes. */
export function pushEvents(world: World, recording: Recording): readonly RecordingEvent[] {
  const { rtmpUrl } = recording;
  if (rtmpUrl === undefined) return [];
  return [{ eventType: 100, details: { rtmpUrl, status: rtmpStatus(world, recording) } }];
}

const webStopCodes: Readonly<Record<Exclude<LeaveCause, "failed">, number>> = {
  stop: 0,
  maxHour: 1,
  idle: 0,
  killed: 6,
  migration: 6,
  expired: 6,
};
const webStopMessages = [
  "ok",
  "max_recording_hour",
  "capability_limit",
  "start_engine_failed",
  "page_load_timeout",
  "access_url_failed",
  "recorder_error",
] as const;

function hasPlaylist({ order }: Recording): boolean {
  return order.fileTypes.length > 0;
}

function firstPlaylist(world: World, recording: Recording): string {
  const [track] = recording.pastStreams?.values() ?? recording.tracks;
  const place = { rules: world.settings.switches, migration: recording.migrationCount };
  return playlistName(recording, recording.tracks[0] ?? track ?? { uid: 0, type: "audio_and_video" }, place);
}
