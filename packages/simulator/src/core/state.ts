import { recorderStatus } from "./recorder-status.ts";
import type { Channel, Recording } from "./recording.ts";
import type { World } from "./world.ts";

export interface ParticipantState {
  readonly uid: number;
  readonly role: "host" | "audience";
  readonly joinedAtMs: number;
}

export interface RecorderState {
  readonly uid: number;
  readonly sid: string;
  readonly resourceId: string;
  readonly mode: string;
  readonly phase: Recording["phase"]["name"];
  /** What query would show. */
  readonly status: number | "notFound";
  readonly migrationCount: number;
  readonly startedAtMs: number;
}

export interface ChannelState {
  readonly appId: string;
  readonly channelName: string;
  readonly participants: readonly ParticipantState[];
  /** Recordings that are not over. */
  readonly recorders: readonly RecorderState[];
}

/** Channels with anybody in them or a recording that is not over. */
export function channelStates(world: World): readonly ChannelState[] {
  const open = new Map<Channel, Recording[]>();
  for (const recording of world.recordings.values()) {
    if (recorderStatus(world, recording) === "notFound" && recording.phase.name !== "migrating") continue;
    open.set(recording.channel, [...(open.get(recording.channel) ?? []), recording]);
  }
  return [...world.channels.values()]
    .map((channel) => ({
      appId: channel.appId,
      channelName: channel.channelName,
      participants: [...channel.participants.values()].map(({ uid, role, joinedAtMs }) => ({ uid, role, joinedAtMs })),
      recorders: (open.get(channel) ?? []).map((recording) => recorderState(world, recording)),
    }))
    .filter(({ participants, recorders }) => participants.length + recorders.length > 0);
}

function recorderState(world: World, recording: Recording): RecorderState {
  const { uid, sid, mode, phase, migrationCount, startedAtMs } = recording;
  const { resourceId } = recording.resource;
  const status = recorderStatus(world, recording);
  return { uid, sid, resourceId, mode, phase: phase.name, status, migrationCount, startedAtMs };
}
