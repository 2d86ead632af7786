import type { RecordedStream, RecordedTrack, Recording } from "./recording.ts";
import { readyAtMs, wantedTracks } from "./tracks.ts";
import type { World } from "./world.ts";

/** Media recorded up to now; 0 means that a stop finds no data. */
export function recordedMs(world: World, recording: Recording): number {
  return recording.mediaMs + flowedMs(world, recording);
}

/** Whether the first slice is done: the index file exists and query shows 5. */
export function hasFirstSlice(world: World, recording: Recording): boolean {
  return recordedMs(world, recording) >= world.settings.durations.firstSliceMs;
}

/**
 * Adds up what flowed since the last change and notes what flows from now on. Called after every change that may
 * matter: presence, subscription, phase.
 */
export function settleMedia(world: World, recording: Recording): void {
  const wanted = wantedTracks(recording);
  const before = recording.tracks;
  if (isSame(wanted, before)) return;
  const nowMs = world.scheduler.nowMs();
  recording.mediaMs += flowedMs(world, recording);
  const fromMs = Math.max(nowMs, readyAtMs(world, recording));
  const tracks = wanted.map(
    (track) =>
      before.find(({ uid, type }) => uid === track.uid && type === track.type) ?? { ...track, sinceMs: fromMs },
  );
  noteRecorded(recording, { nowMs, kept: tracks });
  recording.tracks = tracks;
  recording.mediaFromMs = tracks.length === 0 ? undefined : fromMs;
  tellTracks(world, recording, fromMs);
}

/** When the first sample was recorded; undefined while there is none. */
export function firstMediaAtMs(world: World, recording: Recording): number | undefined {
  if (recording.firstMediaAtMs !== undefined) return recording.firstMediaAtMs;
  const sinceMs = Math.min(...recording.tracks.map((track) => track.sinceMs));
  return sinceMs < world.scheduler.nowMs() ? sinceMs : undefined;
}

/** Streams that have been recorded up to now, those that ended first. */
export function recordedStreams(world: World, recording: Recording): readonly RecordedStream[] {
  const nowMs = world.scheduler.nowMs();
  const over = [...(recording.pastStreams?.values() ?? [])];
  const known = new Set(over.map(({ uid, type }) => `${uid}/${type}`));
  const flowing = recording.tracks
    .filter(({ uid, type, sinceMs }) => sinceMs < nowMs && !known.has(`${uid}/${type}`))
    .map(({ uid, type, sinceMs }) => ({ uid, type, firstMs: sinceMs, isOver: false }));
  return [...over, ...flowing];
}

function noteRecorded(
  recording: Recording,
  { nowMs, kept }: { readonly nowMs: number; readonly kept: readonly RecordedTrack[] },
): void {
  for (const track of recording.tracks) {
    if (track.sinceMs >= nowMs) continue;
    recording.firstMediaAtMs = Math.min(recording.firstMediaAtMs ?? track.sinceMs, track.sinceMs);
    // Only individual mode lists its files by uid.
    if (recording.mode !== "individual" || kept.includes(track)) continue;
    const { uid, type, sinceMs } = track;
    recording.pastStreams ??= new Map();
    const key = `${uid}/${type}`;
    if (!recording.pastStreams.has(key)) recording.pastStreams.set(key, { uid, type, firstMs: sinceMs, isOver: true });
  }
}

function flowedMs(world: World, recording: Recording): number {
  return recording.mediaFromMs === undefined ? 0 : Math.max(0, world.scheduler.nowMs() - recording.mediaFromMs);
}

/** Observers hear of streams when they begin to be written; without observers no timer is needed. */
function tellTracks(world: World, recording: Recording, fromMs: number): void {
  recording.cancelTracks?.();
  recording.cancelTracks = undefined;
  if (world.observers.length === 0) return;
  const nowMs = world.scheduler.nowMs();
  if (fromMs <= nowMs || recording.tracks.length === 0) tellNow(world, recording);
  else {
    recording.cancelTracks = world.scheduler.at(fromMs, () => {
      tellNow(world, recording);
    });
  }
}

function tellNow(world: World, recording: Recording): void {
  const { tracks } = recording;
  if (tracks.length > 0 || recording.toldTracks) {
    world.tell({ kind: "tracks", atMs: world.scheduler.nowMs(), recording, tracks });
  }
  recording.toldTracks = tracks.length > 0;
  planFileListed(world, recording);
}

function planFileListed(world: World, recording: Recording): void {
  recording.cancelTracks?.();
  recording.cancelTracks = undefined;
  if (recording.toldFileListed || recording.tracks.length === 0) return;
  const leftMs = world.settings.durations.firstSliceMs - recordedMs(world, recording);
  recording.cancelTracks = world.scheduler.at(world.scheduler.nowMs() + Math.max(0, leftMs), () => {
    recording.cancelTracks = undefined;
    recording.toldFileListed = true;
    world.tell({ kind: "fileListed", atMs: world.scheduler.nowMs(), recording });
  });
}

function isSame(
  wanted: readonly Pick<RecordedTrack, "uid" | "type">[],
  now: readonly Pick<RecordedTrack, "uid" | "type">[],
): boolean {
  return (
    wanted.length === now.length &&
    wanted.every(({ uid, type }, index) => now[index]?.uid === uid && now[index].type === type)
  );
}
