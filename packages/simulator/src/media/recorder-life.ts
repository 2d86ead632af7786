import type { FilePlace } from "../core/file-names.ts";
import { backedUpPlaylistName, mp4Name, playlistName, sliceName, snapshotName } from "../core/file-names.ts";
import type { RecordedTrack, Recording } from "../core/recording.ts";
import { muxMp4, muxSlice } from "./mux.ts";
import type { PlaylistEntry } from "./playlist.ts";
import { renderMergedPlaylist, renderPlaylist } from "./playlist.ts";
import { snapshot } from "./samples.ts";
import type { Slice } from "./slicer.ts";
import type { SnapshotShot } from "./snapshot-plan.ts";

/** Where the files of one recorder go; answers whether each arrived. */
export interface FileOutlet {
  readonly put: (name: string, bytes: Uint8Array<ArrayBuffer>) => Promise<boolean>;
  /** What is written now does not reach the bucket yet, only Agora's backup storage. @see R 9.2 */
  readonly isBackedUp: () => boolean;
}

export interface LifeOptions {
  readonly recording: Recording;
  readonly place: FilePlace;
  /** Zero of the time that is in the slices; the same for all lives, so that players can join them. */
  readonly originMs: number;
  /** Length of an MP4 file after which the next one begins. */
  readonly mp4MsMax: number;
}

/**
 * The files of one recorder between two migrations: each file's name and content, and the playlists that say what is
 * there. One call at a time.
 */
export interface RecorderLife {
  /** Writes the slice, then the playlist that has it. */
  readonly writeSlice: (slice: Slice, outlet: FileOutlet) => Promise<void>;
  readonly writeSnapshot: (shot: SnapshotShot, outlet: FileOutlet) => Promise<void>;
  /** Writes the MP4 of what has not been in one yet: only a whole file reaches the bucket. */
  readonly writeMp4: (outlet: FileOutlet) => Promise<void>;
  /** Writes `#EXT-X-ENDLIST` into every playlist. */
  readonly end: (outlet: FileOutlet) => Promise<void>;
  /** Writes once more what only the backup storage has; its playlists get names of their own. */
  readonly writeBackedUp: (outlet: FileOutlet, tickMs: number) => Promise<void>;
}

/** All slices of one playlist. */
interface Series {
  readonly track: Pick<RecordedTrack, "uid" | "type">;
  readonly name: string;
  readonly entries: (PlaylistEntry & { readonly isBackedUp: boolean })[];
}

export function createRecorderLife(options: LifeOptions): RecorderLife {
  const { recording, place, originMs } = options;
  const { mode, order } = recording;
  const serieses = new Map<string, Series>();
  const merged = new Set<number>();
  const heldShots: SnapshotShot[] = [];
  const heldMp4s: { readonly name: string; readonly durationMs: number }[] = [];
  let mp4Count = 0;
  let mp4Ms = 0;
  const mp4Streams = { audio: false, video: false };

  const seriesOf = (track: Slice["track"]): Series => {
    const name = playlistName(recording, track, place);
    const known = serieses.get(name) ?? { track, name, entries: [] };
    serieses.set(name, known);
    return known;
  };
  const sliceBytes = ({ startedAtMs, durationMs, type }: PlaylistEntry) =>
    muxSlice(streamsOf(type), { fromMs: startedAtMs - originMs, toMs: startedAtMs - originMs + durationMs });
  const playlistText = (entries: readonly PlaylistEntry[], isEnded: boolean) =>
    Buffer.from(renderPlaylist(entries, { isEnded, correctExtinf: order.correctExtinf }));
  const inBucket = ({ entries }: Series) => entries.filter(({ isBackedUp }) => !isBackedUp);

  const writeMerged = async ({ track }: Series, outlet: FileOutlet): Promise<void> => {
    if (mode !== "individual" || order.streamMode !== "standard" || merged.has(track.uid)) return;
    const named = (type: RecordedTrack["type"]) => playlistName(recording, { uid: track.uid, type }, place);
    const names = { audio: named("audio"), video: named("video") };
    if (!serieses.has(names.audio) || !serieses.has(names.video)) return;
    merged.add(track.uid);
    await outlet.put(named("audio_and_video"), Buffer.from(renderMergedPlaylist(names)));
  };

  const writeMp4 = async (outlet: FileOutlet): Promise<void> => {
    if (mp4Ms === 0) return;
    const mp4 = { name: mp4Name(recording, { ...place, index: mp4Count }), durationMs: mp4Ms };
    mp4Ms = 0;
    mp4Count += 1;
    if (outlet.isBackedUp()) heldMp4s.push(mp4);
    else await outlet.put(mp4.name, await muxMp4(mp4Streams, mp4.durationMs));
  };

  const writeSlice = async (slice: Slice, outlet: FileOutlet): Promise<void> => {
    const { track, fromMs, toMs, isStart } = slice;
    const series = seriesOf(track);
    const durationMs = toMs - fromMs;
    const name = sliceName(recording, track, { ...place, utcMs: fromMs });
    const isBackedUp = outlet.isBackedUp();
    const entry = { name, startedAtMs: fromMs, durationMs, type: track.type, isStart, isBackedUp };
    if (!isBackedUp && !(await outlet.put(name, await sliceBytes(entry)))) return;
    series.entries.push(entry);
    if (!isBackedUp) {
      await outlet.put(series.name, playlistText(inBucket(series), false));
      await writeMerged(series, outlet);
    }
    if (!order.fileTypes.includes("mp4")) return;
    mp4Ms += durationMs;
    Object.assign(mp4Streams, unionOf(mp4Streams, streamsOf(track.type)));
    if (mp4Ms >= options.mp4MsMax) await writeMp4(outlet);
  };

  return {
    writeSlice,
    writeMp4,
    writeSnapshot: async (shot, outlet) => {
      if (outlet.isBackedUp()) heldShots.push(shot);
      else await outlet.put(snapshotName(recording, { ...place, ...shot }), snapshotBytes);
    },
    end: async (outlet) => {
      for (const series of serieses.values()) {
        const entries = inBucket(series);
        if (entries.length > 0) await outlet.put(series.name, playlistText(entries, true));
      }
      await writeMp4(outlet);
    },
    writeBackedUp: async (outlet, tickMs) => {
      for (const series of serieses.values()) {
        const missing = series.entries.filter(({ isBackedUp }) => isBackedUp);
        for (const entry of missing) await outlet.put(entry.name, await sliceBytes(entry));
        if (missing.length === 0) continue;
        const name = backedUpPlaylistName(series.name, { tickMs, index: 0 });
        await outlet.put(name, playlistText(series.entries, true));
        await writeMerged(series, outlet);
      }
      for (const { name, durationMs } of heldMp4s) await outlet.put(name, await muxMp4(mp4Streams, durationMs));
      for (const shot of heldShots) await outlet.put(snapshotName(recording, { ...place, ...shot }), snapshotBytes);
    },
  };
}

const snapshotBytes = new Uint8Array(snapshot);

function streamsOf(type: RecordedTrack["type"]) {
  return { audio: type !== "video", video: type !== "audio" };
}

function unionOf(one: ReturnType<typeof streamsOf>, other: ReturnType<typeof streamsOf>) {
  return { audio: one.audio || other.audio, video: one.video || other.video };
}
