import type { MediaPort, RecordingObserver } from "../core/recording-moment.ts";
import type { Recording } from "../core/recording.ts";
import type { FileStore } from "./file-store.ts";
import { createFolderStore } from "./folder-store.ts";
import type { MediaSettings } from "../settings/media.ts";
import type { MediaTools } from "./recording-files.ts";
import { RecordingFiles } from "./recording-files.ts";
import { createS3Store } from "./s3-store.ts";
import { createTurnstile } from "./turnstile.ts";

/** Real files of every recording, written while it runs. */
export interface Media {
  readonly observe: RecordingObserver;
  readonly port: MediaPort;
  /** Resolves when everything that is to be written now has been. */
  readonly settled: () => Promise<void>;
}

/** Waits of uploads overlap; the muxing of eight slices is half a megabyte. */
const filesAtOnce = 8;

/** Makes the files; where they go is said by the settings, unless a store is given. */
export function createMedia(
  options: Omit<MediaTools, "store" | "turnstile">,
  store: FileStore = storeOf(options.media),
): Media {
  const tools: MediaTools = { ...options, store, turnstile: createTurnstile(filesAtOnce) };
  const known = new Map<Recording, RecordingFiles>();
  /** Of recordings that are over, while their last files are written. */
  const leaving = new Set<RecordingFiles>();

  const filesOf = (recording: Recording): RecordingFiles => {
    const files = known.get(recording) ?? new RecordingFiles(recording, tools);
    known.set(recording, files);
    return files;
  };

  return {
    observe: (moment) => {
      const { recording } = moment;
      if (moment.kind === "tracks") filesOf(recording).setTracks(moment.tracks, moment.atMs);
      if (moment.kind === "left") known.get(recording)?.leave(moment);
      // Of a recorder that was killed in silence nothing more is told.
      const isLast = moment.kind === "exited" || (moment.kind === "left" && moment.silent && moment.cause === "killed");
      if (!isLast) return;
      const files = known.get(recording);
      if (files === undefined) return;
      files.close();
      known.delete(recording);
      leaving.add(files);
      const forget = (): void => void leaving.delete(files);
      files.settled().then(forget, forget);
    },
    settled: async () => {
      await Promise.all([...known.values(), ...leaving].map((files) => files.settled()));
    },
    port: { finish: async (recording) => (await known.get(recording)?.finish()) ?? recording.uploadResult },
  };
}

function storeOf({ folder, s3 }: MediaSettings): FileStore {
  return inTurn([
    ...(folder === undefined ? [] : [createFolderStore(folder)]),
    ...(s3 === undefined ? [] : [createS3Store(s3)]),
  ]);
}

/** A file that one store refuses does not go to the next. */
function inTurn(stores: readonly FileStore[]): FileStore {
  return {
    put: async (file) => {
      for (const store of stores) {
        const result = await store.put(file);
        if (result.kind === "failed") return result;
      }
      return { kind: "stored" };
    },
  };
}
