import type { Participant, RecordedTrack, Recording, UidChoice } from "./recording.ts";
import type { World } from "./world.ts";

type TrackKind = Pick<RecordedTrack, "uid" | "type">;

const noTracks: readonly TrackKind[] = [];
const mixedTracks = {
  both: [{ uid: 0, type: "audio_and_video" }],
  audio: [{ uid: 0, type: "audio" }],
  video: [{ uid: 0, type: "video" }],
} as const satisfies Record<string, readonly TrackKind[]>;

/** The streams that the recording takes from its channel (or page) as things are; none while it does not work. */
export function wantedTracks(recording: Recording): readonly TrackKind[] {
  const { phase, mode, channel, silenced } = recording;
  if (phase.name !== "live" || silenced) return noTracks;
  if (mode === "web") return recording.onhold || !recording.pageReady ? noTracks : mixedTracks.both;
  if (!channel.recorders.has(recording)) return noTracks;
  return mode === "mix" ? mixTracks(recording) : individualTracks(recording);
}

/** Since when nobody keeps the recorder in its channel: in the live profile only hosts do. */
export function idleSinceMs({ channel, order, mode }: Recording): number | undefined {
  if (mode === "web") return undefined;
  return order.channelType === 1 ? channel.hostlessSinceMs : channel.emptySinceMs;
}

/** From when on streams are written: the recorder has all its components then (status 4). */
export function readyAtMs(world: World, recording: Recording): number {
  return recording.walkFromMs + world.settings.durations.statusWalkMs[3];
}

function mixTracks(recording: Recording): readonly TrackKind[] {
  let [audio, video] = [false, false];
  for (const { publishes } of recordedParticipants(recording)) {
    audio ||= publishes.audio;
    video ||= publishes.video;
    if (audio && video) return mixedTracks.both;
  }
  if (audio) return mixedTracks.audio;
  return video ? mixedTracks.video : noTracks;
}

function individualTracks(recording: Recording): readonly TrackKind[] {
  const tracks: TrackKind[] = [];
  for (const { uid, publishes } of recordedParticipants(recording)) {
    if (publishes.audio) tracks.push({ uid, type: "audio" });
    if (publishes.video) tracks.push({ uid, type: "video" });
  }
  return tracks;
}

/** Those who send what the subscription asks for, in the order of their joins, as many as are recorded. @see R 3.6 */
function* recordedParticipants(
  recording: Recording,
): Generator<{ readonly uid: number; readonly publishes: Participant["publishes"] }> {
  const { channel, order, subscription } = recording;
  let left = order.uidsMax;
  for (const { uid, role, publishes } of channel.participants.values()) {
    // In the live profile the audience sends nothing.
    if (order.channelType === 1 && role !== "host") continue;
    const audio = publishes.audio && order.streamTypes !== 1 && isChosen(subscription.audio, uid);
    const video = publishes.video && order.streamTypes !== 0 && isChosen(subscription.video, uid);
    if (!audio && !video) continue;
    if (left === 0) return;
    left -= 1;
    yield { uid, publishes: { audio, video } };
  }
}

function isChosen(choice: UidChoice | "nobody", uid: number): boolean {
  if (choice === "everybody") return true;
  if (choice === "nobody") return false;
  return "only" in choice ? choice.only.has(uid) : !choice.allBut.has(uid);
}
