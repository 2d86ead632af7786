import type { FilePlace } from "../core/file-names.ts";
import { mp4Name } from "../core/file-names.ts";
import type { Recording } from "../core/recording.ts";
import type { FileOutlet } from "./file-outlet.ts";
import type { Streams } from "./mux.ts";
import { muxMp4, streamsOf } from "./mux.ts";
import type { Slice } from "./slicer.ts";

/** The MP4 files of one recorder: only a whole file reaches the bucket. */
export interface Mp4Files {
  /** Makes the slice part of the file that grows, and writes that one when it is as long as it may be. */
  readonly add: (slice: Slice, outlet: FileOutlet) => Promise<void>;
  /** Writes what has not been in a file yet. */
  readonly write: (outlet: FileOutlet) => Promise<void>;
  /** Writes the files that only the backup storage has. */
  readonly writeBackedUp: (outlet: FileOutlet) => Promise<void>;
}

/** @param durationMsMax length of a file after which the next one begins */
export function createMp4Files(recording: Recording, place: FilePlace, durationMsMax: number): Mp4Files {
  const backedUp: { readonly name: string; readonly durationMs: number }[] = [];
  let count = 0;
  let growingMs = 0;
  let streams: Streams = { audio: false, video: false };

  const write = async (outlet: FileOutlet): Promise<void> => {
    if (growingMs === 0) return;
    const file = { name: mp4Name(recording, { ...place, index: count }), durationMs: growingMs };
    growingMs = 0;
    count += 1;
    if (outlet.isBackedUp()) backedUp.push(file);
    else await outlet.put(file.name, await muxMp4(streams, file.durationMs));
  };

  return {
    write,
    add: async ({ track, fromMs, toMs }, outlet) => {
      const added = streamsOf(track.type);
      growingMs += toMs - fromMs;
      streams = { audio: streams.audio || added.audio, video: streams.video || added.video };
      if (growingMs >= durationMsMax) await write(outlet);
    },
    writeBackedUp: async (outlet) => {
      for (const { name, durationMs } of backedUp) await outlet.put(name, await muxMp4(streams, durationMs));
    },
  };
}
