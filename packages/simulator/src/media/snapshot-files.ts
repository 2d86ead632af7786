import type { FilePlace } from "../core/file-names.ts";
import { snapshotName } from "../core/file-names.ts";
import type { Recording } from "../core/recording.ts";
import type { FileOutlet } from "./file-outlet.ts";
import { snapshot } from "./samples.ts";
import type { SnapshotShot } from "./snapshot-plan.ts";

/** The pictures that one recorder takes. */
export interface SnapshotFiles {
  readonly write: (shot: SnapshotShot, outlet: FileOutlet) => Promise<void>;
  /** Writes the pictures that only the backup storage has. */
  readonly writeBackedUp: (outlet: FileOutlet) => Promise<void>;
}

/** Opens the pictures of a recorder that has taken none yet. */
export function createSnapshotFiles(recording: Recording, place: FilePlace): SnapshotFiles {
  const backedUp: SnapshotShot[] = [];
  const put = (shot: SnapshotShot, outlet: FileOutlet): Promise<boolean> =>
    outlet.put(snapshotName(recording, { ...place, ...shot }), snapshotBytes);

  return {
    write: async (shot, outlet) => {
      if (outlet.isBackedUp()) backedUp.push(shot);
      else await put(shot, outlet);
    },
    writeBackedUp: async (outlet) => {
      for (const shot of backedUp) await put(shot, outlet);
    },
  };
}

const snapshotBytes = new Uint8Array(snapshot);
