import type { RecordedTrack, Recording, UploadResult } from "./recording.ts";

/** What a recording left by; `failed`: accepted by start, but it could not work (keys, token, page, uid clash). */
export type LeaveCause = "stop" | "idle" | "killed" | "migration" | "expired" | "failed" | "maxHour";

/**
 * Something that happened to a recording, told after the world has changed. What notifications, files and faults are
 * made from; nothing that only changes in a query (the walk of the status) is a moment.
 */
export type RecordingMoment = { readonly atMs: number; readonly recording: Recording } & (
  | /** start answered 200, the sid exists. */ { readonly kind: "started" }
    /** The recorder is in the channel, in mode web the page was opened. */
  | {
      readonly kind: "joined";
      readonly cause: "start" | "migration";
      readonly uid: number;
      readonly previousUid?: number;
    }
  /** The set of streams that are recorded changed; empty: nothing flows. */
  | { readonly kind: "tracks"; readonly tracks: readonly RecordedTrack[] }
  /** The first slice is done, the index file exists. Once per recording. */
  | { readonly kind: "fileListed" }
  /** `rtmp` also tells that the push changed its state, `onhold` that web recording paused or went on. */
  | { readonly kind: "updated"; readonly what: "subscription" | "storage" | "layout" | "onhold" | "rtmp" }
  /** @see E 3.4 for `leaveCode`; `silent`: the world never hears of it, so nobody may tell. */
  | {
      readonly kind: "left";
      readonly cause: LeaveCause;
      readonly uid: number;
      readonly leaveCode: number;
      readonly silent: boolean;
    }
  /**
   * @see E 3.3. Module 0 recorder, 1 uploader, 2 service; of module 6 (web) `errorCode` is the code of event 71
   * (4 page_load_timeout, 5 access_url_failed) and level 2 means that the page is only loaded again.
   */
  | {
      readonly kind: "trouble";
      readonly module: 0 | 1 | 2 | 6;
      readonly errorLevel: 1 | 2 | 3 | 4 | 5;
      readonly errorCode: number;
      readonly errorMsg: string;
    }
  /** A call was refused because it does not fit the state of the recording: 201/7 or 400/49. */
  | { readonly kind: "misfit"; readonly call: "start" | "stop" }
  | { readonly kind: "uploading" }
  | { readonly kind: "uploadEnded"; readonly result: UploadResult }
  /** The session is over; 1 is abnormal. */
  | { readonly kind: "exited"; readonly exitStatus: 0 | 1 }
);

/** Hears every moment at once and in order; must neither throw nor wait. */
export type RecordingObserver = (moment: RecordingMoment) => void;

/** Writes the files of recordings. When there is one, the upload of a recording takes as long as `finish` does. */
export interface MediaPort {
  /** Closes the files of a recording that has left its channel; never rejects. */
  readonly finish: (recording: Recording) => Promise<UploadResult>;
}
