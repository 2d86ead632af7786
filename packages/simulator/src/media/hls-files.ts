import type { FilePlace } from "../core/file-names.ts";
import { backedUpPlaylistName, playlistName, sliceName } from "../core/file-names.ts";
import type { RecordedTrack, Recording } from "../core/recording.ts";
import type { FileOutlet } from "./file-outlet.ts";
import { muxSlice, streamsOf } from "./mux.ts";
import type { PlaylistEntry } from "./playlist.ts";
import { renderMergedPlaylist, renderPlaylist } from "./playlist.ts";
import type { Slice } from "./slicer.ts";

/** The slices of one recorder, and the playlists that say what is there. */
export interface HlsFiles {
  /** Writes the slice, then the playlist that has it; false when the bucket did not take the slice. */
  readonly write: (slice: Slice, outlet: FileOutlet) => Promise<boolean>;
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

/** @param originMs zero of the time that is in the slices */
export function createHlsFiles(recording: Recording, place: FilePlace, originMs: number): HlsFiles {
  const { mode, order } = recording;
  const serieses = new Map<string, Series>();
  const merged = new Set<number>();

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

  return {
    write: async ({ track, fromMs, toMs, isStart }, outlet) => {
      const series = seriesOf(track);
      const name = sliceName(recording, track, { ...place, utcMs: fromMs });
      const isBackedUp = outlet.isBackedUp();
      const entry = { name, startedAtMs: fromMs, durationMs: toMs - fromMs, type: track.type, isStart, isBackedUp };
      if (isBackedUp) {
        series.entries.push(entry);
        return true;
      }
      if (!(await outlet.put(name, await sliceBytes(entry)))) return false;
      series.entries.push(entry);
      await outlet.put(series.name, playlistText(inBucket(series), false));
      await writeMerged(series, outlet);
      return true;
    },
    end: async (outlet) => {
      for (const series of serieses.values()) {
        const entries = inBucket(series);
        if (entries.length > 0) await outlet.put(series.name, playlistText(entries, true));
      }
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
    },
  };
}
