import type { RecordingMode } from "./recording-mode.ts";

/** The parts of a start request that say what is recorded; a rule may change any of their keys. */
export interface RecordingParts {
  readonly recordingConfig?: Readonly<Record<string, unknown>>;
  readonly recordingFileConfig?: Readonly<Record<string, unknown>>;
  readonly snapshotConfig?: Readonly<Record<string, unknown>>;
  /** A page recording, see `webPageSchema`. */
  readonly web?: Readonly<Record<string, unknown>>;
}

/** A whole way to record by one name. */
interface RecordingPreset extends RecordingParts {
  readonly mode: RecordingMode;
  readonly description: string;
}

/** 1280 × 720 at 15 frames, with the bitrate of Agora's table for the communication profile. @see R 3.7 */
const hd = { width: 1280, height: 720, fps: 15, bitrate: 1130 } as const;
const hls = { avFileType: ["hls"] } as const;
const hlsAndMp4 = { avFileType: ["hls", "mp4"] } as const;
const picture = { fileType: ["jpg"], captureInterval: 10 } as const;

/** One large window and a column of four at its right. */
const speakerAndFour = [
  { x_axis: 0, y_axis: 0, width: 0.75, height: 1, render_mode: 1 },
  { x_axis: 0.75, y_axis: 0, width: 0.25, height: 0.25, render_mode: 0 },
  { x_axis: 0.75, y_axis: 0.25, width: 0.25, height: 0.25, render_mode: 0 },
  { x_axis: 0.75, y_axis: 0.5, width: 0.25, height: 0.25, render_mode: 0 },
  { x_axis: 0.75, y_axis: 0.75, width: 0.25, height: 0.25, render_mode: 0 },
] as const;

/** What people ask for, by name. `web-page` and `web-page-rtmp` still need `web.url`, the latter `web.rtmpUrl` too. */
export const recordingPresets = {
  "mix-floating": {
    mode: "mix",
    description: "Everybody in one picture: the first fills the canvas, the others float on it.",
    recordingConfig: { streamTypes: 2, audioProfile: 1, transcodingConfig: { ...hd, mixedVideoLayout: 0 } },
    recordingFileConfig: hlsAndMp4,
  },
  "mix-best-fit": {
    mode: "mix",
    description: "Everybody in one picture, in windows of the same size.",
    recordingConfig: { streamTypes: 2, audioProfile: 1, transcodingConfig: { ...hd, mixedVideoLayout: 1 } },
    recordingFileConfig: hlsAndMp4,
  },
  "mix-vertical": {
    mode: "mix",
    description: "Everybody in one picture: one large on the left (maxResolutionUid), the others in columns.",
    recordingConfig: { streamTypes: 2, audioProfile: 1, transcodingConfig: { ...hd, mixedVideoLayout: 2 } },
    recordingFileConfig: hlsAndMp4,
  },
  "mix-custom": {
    mode: "mix",
    description: "Everybody in one picture, in windows of your own (layoutConfig); at first one large and four small.",
    recordingConfig: {
      streamTypes: 2,
      audioProfile: 1,
      transcodingConfig: { ...hd, mixedVideoLayout: 3, layoutConfig: speakerAndFour },
    },
    recordingFileConfig: hlsAndMp4,
  },
  "mix-audio": {
    mode: "mix",
    description: "All voices in one file, no picture.",
    recordingConfig: { streamTypes: 0, audioProfile: 1 },
    recordingFileConfig: hls,
  },
  "individual-standard": {
    mode: "individual",
    description: "Audio and video of every user, also merged per user.",
    recordingConfig: { streamTypes: 2, streamMode: "standard" },
    recordingFileConfig: hls,
  },
  "individual-audio": {
    mode: "individual",
    description: "The audio of every user.",
    recordingConfig: { streamTypes: 0, streamMode: "default" },
    recordingFileConfig: hls,
  },
  "individual-video": {
    mode: "individual",
    description: "The video of every user, without sound.",
    recordingConfig: { streamTypes: 1, streamMode: "default" },
    recordingFileConfig: hls,
  },
  "individual-original-audio": {
    mode: "individual",
    description: "The audio of every user as it was sent, not transcoded.",
    recordingConfig: { streamTypes: 0, streamMode: "original" },
    recordingFileConfig: hls,
  },
  snapshots: {
    mode: "individual",
    description: "A picture of every user's video each 10 s, no recording.",
    recordingConfig: { streamTypes: 2 },
    snapshotConfig: picture,
  },
  "individual-snapshots": {
    mode: "individual",
    description: "Audio and video of every user, and a picture each 10 s.",
    recordingConfig: { streamTypes: 2, streamMode: "standard" },
    recordingFileConfig: hls,
    snapshotConfig: picture,
  },
  "web-page": {
    mode: "web",
    description: "A web page as a browser shows it, for at most 2 hours.",
    web: { audioProfile: 1, videoWidth: 1280, videoHeight: 720, maxRecordingHour: 2 },
    recordingFileConfig: hlsAndMp4,
  },
  "web-page-rtmp": {
    mode: "web",
    description: "A web page, recorded for at most 2 hours and streamed to an RTMP address.",
    web: { audioProfile: 1, videoWidth: 1280, videoHeight: 720, maxRecordingHour: 2 },
    recordingFileConfig: hlsAndMp4,
  },
} as const satisfies Readonly<Record<string, RecordingPreset>>;

/** The name of a preset. */
export type PresetName = keyof typeof recordingPresets;

/** Whether a word names a preset. */
export function isPresetName(word: unknown): word is PresetName {
  return typeof word === "string" && Object.hasOwn(recordingPresets, word);
}

/** The parts of a preset with a rule's own keys over them: maps are merged, lists and single values replaced. */
export function withPreset(preset: PresetName, own: RecordingParts): RecordingParts {
  const base: RecordingParts = recordingPresets[preset];
  const keys = ["recordingConfig", "recordingFileConfig", "snapshotConfig", "web"] as const;
  return Object.fromEntries(
    keys.map((key) => [key, merged(base[key], own[key])] as const).filter(([, part]) => part !== undefined),
  );
}

function merged(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isMap(base) || !isMap(over)) return over;
  return {
    ...base,
    ...Object.fromEntries(Object.entries(over).map(([key, value]) => [key, merged(base[key], value)])),
  };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
