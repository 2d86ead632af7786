import type { SimulatorSwitches } from "../settings/switches.ts";
import type { FilePlace } from "./file-names.ts";
import { mp4Name, playlistName } from "./file-names.ts";
import { firstMediaAtMs, recordedMs, recordedStreams } from "./recorded-media.ts";
import type { RecordedStream, Recording } from "./recording.ts";
import type { World } from "./world.ts";

/** `fileListMode`, `fileList` and `sliceStartTime` of query and stop in modes individual and mix. @see R 4.3 */
export function fileFields(world: World, recording: Recording, status: number): Readonly<Record<string, unknown>> {
  const { switches } = world.settings;
  const sliceStartTime = firstMediaAtMs(world, recording);
  const hasSlices = status >= 5 && sliceStartTime !== undefined;
  // Snapshots have no list, not even beside a recording.
  if (recording.order.snapshotIntervalMs !== undefined) return hasSlices ? { sliceStartTime } : {};
  const isText = recording.mode === "mix" && !recording.order.fileTypes.includes("mp4");
  const fileListMode = isText ? "string" : "json";
  if (!hasSlices) return switches.emptyFileList === "absent" ? {} : { fileListMode, fileList: isText ? "" : [] };
  const isTimeShown = recording.mode === "individual" || switches.mixSliceStartTime;
  return {
    fileListMode,
    fileList: isText ? playlistName(recording, everybodyTrack, firstPlace(switches)) : listedFiles(world, recording),
    ...(isTimeShown ? { sliceStartTime } : {}),
  };
}

/** `fileList` of the web recorder: its key is `filename`, and it may stay empty for ever. @see R 4.3 */
export function webFileList(world: World, recording: Recording): readonly Readonly<Record<string, unknown>>[] {
  const { switches, durations } = world.settings;
  const sliceStartTime = firstMediaAtMs(world, recording);
  if (switches.webFileList === "empty" || sliceStartTime === undefined) return [];
  if (recording.phase.name === "live" && recordedMs(world, recording) < durations.firstSliceMs) return [];
  return mergedNames(recording, switches).map((filename) => ({ filename, sliceStartTime }));
}

const everybodyTrack = { uid: 0, type: "audio_and_video" } as const;

function firstPlace(rules: SimulatorSwitches): FilePlace {
  return { rules, migration: 0 };
}

/** Every file that a list names, whatever the mode. */
export function listedFiles(world: World, recording: Recording): readonly Readonly<Record<string, unknown>>[] {
  const { switches, durations } = world.settings;
  const key = switches.fileNameKey;
  if (recording.mode === "individual") {
    // A stream is listed when its first slice is done.
    const nowMs = world.scheduler.nowMs();
    const isDone = ({ firstMs, isOver }: RecordedStream): boolean =>
      isOver || nowMs - firstMs >= durations.firstSliceMs;
    return listedStreams(recording, recordedStreams(world, recording).filter(isDone)).flatMap((stream) =>
      everyPlace(recording, switches).map((place) => ({
        [key]: playlistName(recording, stream, place),
        trackType: stream.type,
        uid: String(stream.uid),
        mixedAllUser: false,
        isPlayable: true,
        sliceStartTime: stream.firstMs,
      })),
    );
  }
  const sliceStartTime = firstMediaAtMs(world, recording);
  return mergedNames(recording, switches).map((name) => ({
    [key]: name,
    trackType: mixedType(recording),
    uid: "0",
    mixedAllUser: true,
    isPlayable: true,
    sliceStartTime,
  }));
}

/** In stream mode `standard` each user has a merged list as well. @see R 9.3 */
function listedStreams(recording: Recording, streams: readonly RecordedStream[]): readonly RecordedStream[] {
  const { streamMode, streamTypes } = recording.order;
  if (streamMode !== "standard" || streamTypes !== 2) return streams;
  const merged = [...new Set(streams.map(({ uid }) => uid))].map((uid): RecordedStream => {
    const own = streams.filter((stream) => stream.uid === uid);
    const firstMs = Math.min(...own.map((stream) => stream.firstMs));
    return { uid, type: "audio_and_video", firstMs, isOver: own.every(({ isOver }) => isOver) };
  });
  return [...streams, ...merged];
}

/** The MP4 files first, as Agora shows them. */
function mergedNames(recording: Recording, switches: SimulatorSwitches): readonly string[] {
  const places = everyPlace(recording, switches);
  const playlists = places.map((place) => playlistName(recording, everybodyTrack, place));
  if (!recording.order.fileTypes.includes("mp4")) return playlists;
  const mp4s = places.map((place) => mp4Name(recording, { ...place, index: 0 }));
  return recording.mode === "web" ? [...playlists, ...mp4s] : [...mp4s, ...playlists];
}

/** Every migration began new files. @see R 9.2 */
function everyPlace(recording: Recording, rules: SimulatorSwitches): readonly FilePlace[] {
  return Array.from({ length: recording.migrationCount + 1 }, (_, migration) => ({ rules, migration }));
}

function mixedType({ order }: Recording): RecordedStream["type"] {
  return (["audio", "video", "audio_and_video"] as const)[order.streamTypes];
}
