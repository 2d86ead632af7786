import type { RecordedTrack, RecordingMode } from "../core/recording.ts";
import type { RecordingEvent } from "./recording-event-details.ts";

/** What the recorder tells of the streams that it takes: events 42, 43 and 44. */
export interface StreamEvents {
  /** Streams that ended, streams that began, then the files that were begun for them. */
  readonly changed: (tracks: readonly RecordedTrack[], atMs: number) => readonly RecordingEvent[];
  /** The recorder lost them all and tells nothing; what flows again later is a resumed recording. */
  readonly interrupted: (atMs: number) => void;
}

interface Stream {
  readonly streamUid: string;
  readonly eventType: 43 | 44;
  readonly sinceMs: number;
}

/** Event 42 comes once per stream, and again when the recorder resumed by itself. @see E 3.2 */
export function createStreamEvents(mode: RecordingMode): StreamEvents {
  let flowing: ReadonlyMap<string, Stream> = new Map();
  let files: readonly string[] = [];
  const begun = new Set<string>();
  const cutAtMs = new Map<string, number>();
  const fileOf = ({ uid, type }: RecordedTrack): string => (mode === "individual" ? `${String(uid)}/${type}` : "all");

  return {
    changed: (tracks, atMs) => {
      const before = flowing;
      flowing = streamsOf(tracks);
      files = tracks.map(fileOf);
      const ended = [...before].filter(([key]) => !flowing.has(key));
      const started = [...flowing].filter(([key]) => !before.has(key));
      const opened = tracks.filter((track) => !begun.has(fileOf(track)));
      for (const file of files) begun.add(file);
      return [
        ...ended.map(([, stream]) => stateEvent(stream, { state: 1, atMs })),
        ...started.map(([, stream]) => stateEvent(stream, { state: 0, atMs: stream.sinceMs })),
        ...opened.map((track) => sliceEvent(mode, track, cutAtMs.get(fileOf(track)))),
      ];
    },
    interrupted: (atMs) => {
      for (const file of files) cutAtMs.set(file, atMs);
      flowing = new Map();
      files = [];
      begun.clear();
    },
  };
}

function streamsOf(tracks: readonly RecordedTrack[]): ReadonlyMap<string, Stream> {
  const streams = tracks.flatMap(({ uid, type, sinceMs }) => {
    const streamUid = String(uid);
    const audio = { streamUid, eventType: 43, sinceMs } as const;
    const video = { streamUid, eventType: 44, sinceMs } as const;
    return { audio: [audio], video: [video], audio_and_video: [audio, video] }[type];
  });
  return new Map(streams.map((stream) => [`${stream.streamUid}/${String(stream.eventType)}`, stream]));
}

/** State 0: receiving. */
function stateEvent(
  { eventType, streamUid }: Stream,
  { state, atMs }: { readonly state: 0 | 1; readonly atMs: number },
): RecordingEvent {
  return { eventType, details: { streamUid, state, UtcMs: atMs } };
}

function sliceEvent(mode: RecordingMode, track: RecordedTrack, cutAtMs: number | undefined): RecordingEvent {
  const { uid, type, sinceMs } = track;
  const details = {
    startUtcMs: sinceMs,
    discontinueUtcMs: cutAtMs ?? sinceMs,
    mixedAllUser: mode !== "individual",
    streamUid: String(uid),
    trackType: type,
  };
  return { eventType: 42, details };
}
