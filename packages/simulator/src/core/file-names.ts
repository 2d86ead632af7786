import type { SimulatorSwitches } from "../settings/switches.ts";
import type { RecordedTrack, Recording } from "./recording.ts";

/** What no source settles about names. */
export type FileNameRules = Pick<SimulatorSwitches, "mergedPlaylistWord" | "fileNameReplacement" | "webSliceTime">;

type Named = Pick<Recording, "sid" | "mode" | "resource">;
type Track = Pick<RecordedTrack, "uid" | "type">;

/** `<sid>_<cname>.m3u8`, in individual mode `<sid>_<cname>__uid_s_<uid>__uid_e_<type>.m3u8`. @see R 9.1 */
export function playlistName(recording: Named, track: Track, place: FilePlace): string {
  return `${trackBase(recording, track, place)}.m3u8`;
}

/** As the playlist, with the UTC time of the slice's first sample. @see R 9.1 */
export function sliceName(recording: Named, track: Track, place: FilePlace & { readonly utcMs: number }): string {
  const isEpoch = recording.mode === "web" && place.rules.webSliceTime === "epochMs";
  const time = isEpoch ? String(place.utcMs) : utcDigits(place.utcMs);
  return `${trackBase(recording, track, place)}_${time}.ts`;
}

/** `<sid>_<cname>_<index>.mp4`, modes mix and web only; `index` counts from 0. @see R 9.1 */
export function mp4Name(recording: Named, place: FilePlace & { readonly index: number }): string {
  return `${base(recording, place)}_${String(place.index)}.mp4`;
}

/** `<sid>_<cname>__uid_s_<uid>__uid_e_video_<utc>.jpg`. @see R 9.1 */
export function snapshotName(
  recording: Named,
  place: FilePlace & { readonly uid: number; readonly utcMs: number },
): string {
  return `${base(recording, place)}${userPart(place.uid, "video")}_${utcDigits(place.utcMs)}.jpg`;
}

/** Name of a playlist that came through Agora's backup storage: the greater index is the newer one. @see R 9.2 */
export function backedUpPlaylistName(name: string, copy: { readonly tickMs: number; readonly index: number }): string {
  return name.replace(/\.m3u8$/, `_${String(copy.tickMs)}_${String(copy.index)}.m3u8`);
}

/** Where in the bucket the file lies: the segments of `fileNamePrefix`, then its name. @see R 3.5 */
export function objectKey(fileNamePrefix: readonly string[], name: string): string {
  return [...fileNamePrefix, name].join("/");
}

/** In which of the recorder's lives the file was begun: 0 before the first migration, n after the n-th. */
export interface FilePlace {
  readonly rules: FileNameRules;
  readonly migration: number;
}

/** The channel's name as it stands in file names. @see R 9.1 */
function fileChannelName(channelName: string, rules: Pick<FileNameRules, "fileNameReplacement">): string {
  return rules.fileNameReplacement ? channelName.replace(/[!@#$%^&*()+_.=[\]{}~|,;:?<>]/g, "-") : channelName;
}

/** `yyyyMMddHHmmssSSS`, UTC. */
export function utcDigits(utcMs: number): string {
  return new Date(utcMs).toISOString().replace(/\D/g, "");
}

function trackBase(recording: Named, track: Track, place: FilePlace): string {
  if (recording.mode !== "individual") return base(recording, place);
  const word = track.type === "audio_and_video" ? place.rules.mergedPlaylistWord : track.type;
  return `${base(recording, place)}${userPart(track.uid, word)}`;
}

/** The n-th migration writes `bak<n − 1>_`. @see R 9.2 */
function base({ sid, resource }: Named, { rules, migration }: FilePlace): string {
  const prefix = migration === 0 ? "" : `bak${String(migration - 1)}_`;
  return `${prefix}${sid}_${fileChannelName(resource.channelName, rules)}`;
}

function userPart(uid: number, word: string): string {
  return `__uid_s_${String(uid)}__uid_e_${word}`;
}
