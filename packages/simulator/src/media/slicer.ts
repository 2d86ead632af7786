import type { RecordedTrack } from "../core/recording.ts";

/** A piece of one stream, to be written as one file. */
export interface Slice {
  readonly track: Pick<RecordedTrack, "uid" | "type">;
  readonly fromMs: number;
  readonly toMs: number;
  /** The stream begins here, or goes on after an interruption. */
  readonly isStart: boolean;
}

/** Cuts the streams of one recorder into slices, each stream by its own beginning. @see R 9.4 */
export interface Slicer {
  /** From now on these flow and no others; the last pieces of those that ended. */
  readonly setTracks: (tracks: readonly RecordedTrack[], atMs: number) => readonly Slice[];
  /** All whole slices that have ended by then. */
  readonly cutDue: (atMs: number) => readonly Slice[];
  /** When the next whole slice will have ended. */
  readonly nextCutAtMs: () => number | undefined;
}

/** Slices of `sliceMs`; only the last one before an interruption is shorter. */
export function createSlicer(sliceMs: number): Slicer {
  const flowing = new Map<string, Flow>();

  const cutDue = (atMs: number): readonly Slice[] =>
    [...flowing.values()].flatMap((flow) => {
      const slices: Slice[] = [];
      while (flow.fromMs + sliceMs <= atMs) slices.push(cut(flow, flow.fromMs + sliceMs));
      return slices;
    });

  return {
    cutDue,
    nextCutAtMs: () => {
      const firstMs = Math.min(...[...flowing.values()].map(({ fromMs }) => fromMs));
      return Number.isFinite(firstMs) ? firstMs + sliceMs : undefined;
    },
    setTracks: (tracks, atMs) => {
      const whole = cutDue(atMs);
      const wanted = new Map(tracks.map((track) => [keyOf(track), track]));
      const ended = [...flowing].filter(([key, { track }]) => wanted.get(key)?.sinceMs !== track.sinceMs);
      const last = ended.flatMap(([key, flow]) => {
        flowing.delete(key);
        return flow.fromMs < atMs ? [cut(flow, atMs)] : [];
      });
      for (const [key, track] of wanted) {
        if (!flowing.has(key)) flowing.set(key, { track, fromMs: track.sinceMs, isStart: true });
      }
      return [...whole, ...last];
    },
  };
}

interface Flow {
  readonly track: RecordedTrack;
  fromMs: number;
  isStart: boolean;
}

function cut(flow: Flow, toMs: number): Slice {
  const { track, fromMs, isStart } = flow;
  flow.fromMs = toMs;
  flow.isStart = false;
  return { track: { uid: track.uid, type: track.type }, fromMs, toMs, isStart };
}

function keyOf({ uid, type }: RecordedTrack): string {
  return `${String(uid)} ${type}`;
}
