import { utcDigits } from "../core/file-names.ts";

/** One slice in its playlist. */
export interface PlaylistEntry {
  readonly name: string;
  /** Of its first sample, UTC. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly type: "audio" | "video" | "audio_and_video";
  /** The stream begins here, or goes on after an interruption. */
  readonly isStart: boolean;
}

export interface PlaylistForm {
  /** Nothing will be added any more. */
  readonly isEnded: boolean;
  /** `#EXTINF` lines end with a comma, as the standard wants it and Agora only on request. */
  readonly correctExtinf: boolean;
}

/** The playlist as Agora writes it, standard and own tags alike. @see R 9.5 */
export function renderPlaylist(entries: readonly PlaylistEntry[], form: PlaylistForm): string {
  const longestS = Math.max(1, ...entries.map(({ durationMs }) => Math.ceil(durationMs / 1_000)));
  const comma = form.correctExtinf ? "," : "";
  const lines = entries.flatMap((entry) => [
    ...(entry.isStart ? startLines(entry) : []),
    `#EXTINF:${(entry.durationMs / 1_000).toFixed(6)}${comma}`,
    entry.name,
  ]);
  const head = [
    "#EXTM3U",
    "#EXT-X-VERSION:3",
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-ALLOW-CACHE:YES",
    `#EXT-X-TARGETDURATION:${String(longestS)}`,
  ];
  return textOf([...head, ...lines, ...(form.isEnded ? ["#EXT-X-ENDLIST"] : [])]);
}

/**
 * The playlist that plays a user's audio and video together (individual mode, `standard`). Neither its name nor its
 * content is documented: since the slices stay apart, it is a list of the two playlists. @see R 9.1, R 9.3
 */
export function renderMergedPlaylist(names: { readonly audio: string; readonly video: string }): string {
  return textOf([
    "#EXTM3U",
    "#EXT-X-VERSION:4",
    `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,URI="${names.audio}"`,
    `#EXT-X-STREAM-INF:BANDWIDTH=50000,CODECS="avc1.42c00b,mp4a.40.2",RESOLUTION=160x90,AUDIO="audio"`,
    names.video,
  ]);
}

function startLines({ startedAtMs, type }: PlaylistEntry): readonly string[] {
  const tracks = { audio: ["AUDIO"], video: ["VIDEO"], audio_and_video: ["AUDIO", "VIDEO"] }[type];
  const time = utcDigits(startedAtMs);
  return [
    "#EXT-X-DISCONTINUITY",
    ...tracks.map((track) => `#EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=${track},TIME=${time}`),
  ];
}

function textOf(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
