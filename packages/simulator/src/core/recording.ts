import type { Cancel } from "../time/scheduler.ts";
import type { Flaw } from "./flaw.ts";

/** A stream that is being written to files. */
export interface RecordedTrack {
  /** Whose stream; 0 in modes mix and web, where everybody is in one. */
  readonly uid: number;
  readonly type: "audio" | "video" | "audio_and_video";
  /** Since when it flows without interruption. */
  readonly sinceMs: number;
}

export type UploadResult = "uploaded" | "backuped" | "failed";

export interface Participant {
  readonly uid: number;
  role: "host" | "audience";
  readonly joinedAtMs: number;
  readonly platform: number;
  readonly clientType?: number;
  readonly account?: string;
  /** By how much the clock of its device is wrong, where clientSeq comes from that. */
  readonly clockOffsetMs?: number;
  /** What is sent; in the live profile only while it is host. */
  readonly publishes: { readonly audio: boolean; readonly video: boolean };
}

export interface Channel {
  readonly appId: string;
  readonly channelName: string;
  readonly participants: Map<number, Participant>;
  /** How many of them are hosts. */
  hostCount: number;
  /** Recordings whose recorder is in the channel now; never those of mode web. */
  readonly recorders: Set<Recording>;
  /** Recordings that hold a worker. */
  readonly tasks: Set<Recording>;
  readonly lastClientSeq: Map<number, number>;
  /** Since when nobody (no host) is there; absent while somebody is. */
  emptySinceMs: number | undefined;
  hostlessSinceMs: number | undefined;
}

export interface Resource {
  readonly resourceId: string;
  readonly appId: string;
  readonly channelName: string;
  readonly uid: number;
  readonly acquiredAtMs: number;
  readonly expiredHours: number;
  readonly scene: 0 | 1 | 2;
  readonly startParameter?: unknown;
  recording: Recording | undefined;
  /** Somebody arranged that its recording comes to nothing, although nothing is wrong with its start. */
  arrangedFlaw?: Flaw | undefined;
}

/** `refused`: accepted by start, but it never comes into the channel. */
export type RecordingPhase =
  | { readonly name: "refused" }
  | { readonly name: "live" }
  | { readonly name: "migrating" }
  | { readonly name: "ending"; readonly sinceMs: number; readonly untilMs: number }
  /** Query shows 20 until then, when a switch says so. */
  | { readonly name: "gone"; readonly abnormalUntilMs?: number };

export type RecordingMode = "individual" | "mix" | "web";

/** Where the files go. Holds keys: never written into the history. */
export interface StorageOrder {
  readonly vendor: number;
  readonly region: number;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly stsToken?: string;
  readonly fileNamePrefix: readonly string[];
  /** Host name of an S3-compatible store (vendor 11). */
  readonly endpoint?: string;
}

/** Whose streams are recorded: undefined is everybody. */
export interface Subscription {
  readonly audio: UidChoice | "nobody";
  readonly video: UidChoice | "nobody";
}
export type UidChoice = "everybody" | { readonly only: ReadonlySet<number> } | { readonly allBut: ReadonlySet<number> };

/** What a start of mode web asked for. */
export interface WebOrder {
  readonly url: string;
  readonly maxRecordingMs: number;
  /** Length of an MP4 file. */
  readonly maxVideoMs: number;
  /** 0: the page need not say that it is ready. */
  readonly readyTimeoutMs: number;
  readonly width: number;
  readonly height: number;
}

/** What a start asked for, as far as it can be seen from outside; never changes. */
export interface RecordingOrder {
  readonly channelType: 0 | 1;
  readonly maxIdleMs: number;
  readonly streamTypes: 0 | 1 | 2;
  readonly streamMode: "default" | "standard" | "original";
  /** Empty: snapshots only. */
  readonly fileTypes: readonly ("hls" | "mp4")[];
  /** Present: a JPG of each video stream so often. */
  readonly snapshotIntervalMs?: number;
  /** `#EXTINF` lines end with a comma. */
  readonly correctExtinf: boolean;
  /** Most uids that are recorded at the same time. */
  readonly uidsMax: number;
  readonly web?: WebOrder;
}

/** What the token of a start is good for. */
export interface RecorderToken {
  /** For its own uid only. */
  readonly isBound: boolean;
  /** Nobody comes in with it from then on. */
  readonly joinEndsAtMs: number;
  /** Whoever is in leaves then; may be infinite. */
  readonly stayEndsAtMs: number;
}

export interface Recording {
  readonly sid: string;
  readonly resource: Resource;
  readonly channel: Channel;
  readonly mode: RecordingMode;
  readonly order: RecordingOrder;
  /** An update may replace it. */
  storage: StorageOrder;
  /** An update may replace it. */
  subscription: Subscription;
  /** Of mode web: paused by start or update. */
  onhold: boolean;
  /** Of mode web: where the page is pushed to. */
  rtmpUrl: string | undefined;
  /** Live in a query, but it writes nothing. */
  silenced: boolean;
  /** How its upload ends when no media port decides. */
  uploadResult: UploadResult;
  /** What is recorded now; `sinceMs` lies ahead while the recorder is starting. */
  tracks: readonly RecordedTrack[];
  /** Of mode web: the page is open and has said so where it must. */
  pageReady: boolean;
  /** Of mode web: since when the push has had this address. */
  rtmpSinceMs: number;
  /** Absent where none is asked for. */
  readonly token: RecorderToken | undefined;
  readonly startedAtMs: number;
  /** Where the status walk began; a migration may begin it again. */
  walkFromMs: number;
  /** The recorder's uid now; another one after a migration. */
  uid: number;
  joinedAtMs: number;
  phase: RecordingPhase;
  migrationCount: number;
  /** Recorded so far, up to `mediaFromMs`; while that is set, media flows. */
  mediaMs: number;
  mediaFromMs: number | undefined;
  firstMediaAtMs: number | undefined;
  /** Of individual mode: streams that ended, by uid and type. */
  pastStreams: Map<string, RecordedStream> | undefined;
  upload: Upload | undefined;
  toldTracks: boolean;
  toldFileListed: boolean;
  cancelTracks: Cancel | undefined;
  cancelIdle: Cancel | undefined;
  readonly cancels: Cancel[];
}

/** A stream that was recorded once and has its own files. */
export interface RecordedStream {
  readonly uid: number;
  readonly type: RecordedTrack["type"];
  readonly firstMs: number;
  /** Its slice was closed because the stream ended. */
  readonly isOver: boolean;
}

/** What comes after a recorder left with something in its files. */
export interface Upload {
  /** Undefined while it is under way. */
  result: UploadResult | undefined;
  readonly waiting: (() => void)[];
}
