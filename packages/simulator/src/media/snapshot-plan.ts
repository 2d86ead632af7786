import type { RecordedTrack } from "../core/recording.ts";

/** One picture of one user to be taken. */
export interface SnapshotShot {
  readonly uid: number;
  readonly utcMs: number;
}

/** When pictures are due: of each video stream when it begins, then once per interval while it flows. @see R 3.9 */
export interface SnapshotPlan {
  readonly setTracks: (tracks: readonly RecordedTrack[]) => void;
  readonly takeDue: (atMs: number) => readonly SnapshotShot[];
  readonly nextAtMs: () => number | undefined;
}

/** @param intervalMs absent: no pictures are wanted. */
export function createSnapshotPlan(intervalMs: number | undefined): SnapshotPlan {
  let streams: { readonly uid: number; readonly sinceMs: number; nextMs: number }[] = [];
  return {
    setTracks: (tracks) => {
      const filmed = intervalMs === undefined ? [] : tracks.filter(({ type }) => type === "video");
      streams = filmed.map(
        ({ uid, sinceMs }) =>
          streams.find((known) => known.uid === uid && known.sinceMs === sinceMs) ?? { uid, sinceMs, nextMs: sinceMs },
      );
    },
    takeDue: (atMs) =>
      streams.flatMap((stream) => {
        const shots: SnapshotShot[] = [];
        for (; intervalMs !== undefined && stream.nextMs <= atMs; stream.nextMs += intervalMs) {
          shots.push({ uid: stream.uid, utcMs: stream.nextMs });
        }
        return shots;
      }),
    nextAtMs: () => (streams.length === 0 ? undefined : Math.min(...streams.map(({ nextMs }) => nextMs))),
  };
}
