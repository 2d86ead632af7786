import type { Channel, Participant, Recording } from "./recording.ts";
import type { World } from "./world.ts";

const cloudRecordingClientType = 10;
const linux = 6;

/** @see E 2.3: under which pair a recorder comes, and whether it says what it is. */
const recorderForms = {
  live: { join: 103, leave: 104, named: true },
  audience: { join: 105, leave: 106, named: true },
  communication: { join: 107, leave: 108, named: false },
  communicationTyped: { join: 107, leave: 108, named: true },
} as const;

/** Tells that a participant came: 103/105, or 107 in the communication profile. */
export function announceParticipantJoin(world: World, channel: Channel, participant: Participant): void {
  announceFirstMember(world, channel);
  const eventType = byProfile(world, participant.role === "host" ? 103 : 105, 107);
  world.announce({
    ...memberEvent(world, channel, participant),
    ...identity(participant),
    kind: "join",
    eventType,
  });
}

/** Tells that a participant went: 104/106, or 108 in the communication profile. */
export function announceParticipantLeave(
  world: World,
  channel: Channel,
  leave: { readonly participant: Participant; readonly reason: number; readonly rejoinExpected: boolean },
): void {
  const { participant, reason, rejoinExpected } = leave;
  const event = memberEvent(world, channel, participant);
  world.announce({
    ...event,
    ...identity(participant),
    kind: "leave",
    eventType: byProfile(world, participant.role === "host" ? 104 : 106, 108),
    reason,
    durationS: Math.floor((event.atMs - participant.joinedAtMs) / 1_000),
    rejoinExpected,
  });
  announceLastMember(world, channel, participant.uid);
}

/** Tells that an audience member became host (111) or the other way round (112). */
export function announceRole(world: World, channel: Channel, participant: Participant): void {
  const eventType = participant.role === "host" ? 111 : 112;
  world.announce({ ...memberEvent(world, channel, participant), kind: "role", eventType });
}

/** Tells that a recorder came, in the form that the switches choose. */
export function announceRecorderJoin(world: World, recording: Recording, cause: "start" | "migration"): void {
  const { switches } = world.settings;
  const form = recorderForms[switches.recorderEvents];
  const named = form.named && (cause === "start" || switches.migrationJoinClientType);
  announceFirstMember(world, recording.channel);
  world.announce({
    ...memberEvent(world, recording.channel, { uid: recording.uid }),
    kind: "join",
    eventType: form.join,
    platform: linux,
    ...(named ? { clientType: cloudRecordingClientType } : {}),
    recorder: true,
  });
}

/** Tells that a recorder's uid went; called after it was taken out of the channel. */
export function announceRecorderLeave(
  world: World,
  recording: Recording,
  leave: { readonly uid: number; readonly reason: number; readonly joinedAtMs: number },
): void {
  const form = recorderForms[world.settings.switches.recorderEvents];
  const event = memberEvent(world, recording.channel, { uid: leave.uid });
  world.announce({
    ...event,
    kind: "leave",
    eventType: form.leave,
    platform: linux,
    ...(form.named ? { clientType: cloudRecordingClientType } : {}),
    reason: leave.reason,
    durationS: Math.floor((event.atMs - leave.joinedAtMs) / 1_000),
    recorder: true,
  });
  announceLastMember(world, recording.channel, leave.uid);
}

/** 101 is about any member, recorders too; called before the member is announced. */
function announceFirstMember(world: World, channel: Channel): void {
  if (channel.participants.size + channel.recorders.size !== 1) return;
  announceChannel(world, channel, { eventType: 101 });
}

function announceLastMember(world: World, channel: Channel, lastUid: number): void {
  if (channel.participants.size + channel.recorders.size !== 0) return;
  announceChannel(world, channel, { eventType: 102, lastUid });
}

function announceChannel(
  world: World,
  channel: Channel,
  event: { readonly eventType: 101 } | { readonly eventType: 102; readonly lastUid: number },
): void {
  if (!world.settings.switches.channelEvents) return;
  const { appId, channelName } = channel;
  const atMs = world.scheduler.nowMs();
  world.announce({ appId, channelName, atMs, kind: "channel", recorder: false, rejoinExpected: false, ...event });
}

function memberEvent(world: World, channel: Channel, member: Pick<Participant, "uid" | "clockOffsetMs">) {
  const { uid, clockOffsetMs } = member;
  const atMs = world.scheduler.nowMs();
  const clientSeq = Math.max(atMs + (clockOffsetMs ?? 0), (channel.lastClientSeq.get(uid) ?? 0) + 1);
  channel.lastClientSeq.set(uid, clientSeq);
  const { appId, channelName } = channel;
  return { appId, channelName, atMs, uid, clientSeq, recorder: false, rejoinExpected: false };
}

function identity({ platform, clientType, account }: Participant) {
  return {
    platform,
    ...(clientType === undefined ? {} : { clientType }),
    ...(account === undefined ? {} : { account }),
  };
}

function byProfile(world: World, live: number, communication: number): number {
  return world.settings.switches.participantEvents === "live" ? live : communication;
}
