import type { FilePlace } from "../core/file-names.ts";
import type { Recording } from "../core/recording.ts";
import type { FileOutlet } from "./file-outlet.ts";
import { createHlsFiles } from "./hls-files.ts";
import { createMp4Files } from "./mp4-files.ts";
import type { Slice } from "./slicer.ts";
import { createSnapshotFiles } from "./snapshot-files.ts";
import type { SnapshotShot } from "./snapshot-plan.ts";

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
  /** Writes `#EXT-X-ENDLIST` into every playlist, and the last MP4. */
  readonly end: (outlet: FileOutlet) => Promise<void>;
  /** Writes once more what only the backup storage has; its playlists get names of their own. */
  readonly writeBackedUp: (outlet: FileOutlet, tickMs: number) => Promise<void>;
}

export function createRecorderLife({ recording, place, originMs, mp4MsMax }: LifeOptions): RecorderLife {
  const hls = createHlsFiles(recording, place, originMs);
  const mp4s = createMp4Files(recording, place, mp4MsMax);
  const snapshots = createSnapshotFiles(recording, place);
  return {
    writeSlice: async (slice, outlet) => {
      const isWritten = await hls.write(slice, outlet);
      if (isWritten && recording.order.fileTypes.includes("mp4")) await mp4s.add(slice, outlet);
    },
    writeSnapshot: snapshots.write,
    writeMp4: mp4s.write,
    end: async (outlet) => {
      await hls.end(outlet);
      await mp4s.write(outlet);
    },
    writeBackedUp: async (outlet, tickMs) => {
      await hls.writeBackedUp(outlet, tickMs);
      await mp4s.writeBackedUp(outlet);
      await snapshots.writeBackedUp(outlet);
    },
  };
}
