import { announceParticipantJoin, announceParticipantLeave, announceRole } from "./announce.ts";
import { failOnUidClash, presenceChanged } from "./recorders.ts";
import type { Channel, Participant } from "./recording.ts";
import type { World } from "./world.ts";
import { channelOf } from "./world.ts";

export interface JoinOrder {
  readonly appId: string;
  readonly channelName: string;
  readonly uid: number;
  readonly role: "host" | "audience";
  readonly platform?: number | undefined;
  readonly clientType?: number | undefined;
  readonly account?: string | undefined;
  /** What the participant sends while it may; default both. */
  readonly publishes?: "both" | "audio" | "video" | "nothing" | undefined;
}

/** Puts somebody into the channel and tells it; who is there already changes nothing. */
export function joinParticipant(world: World, order: JoinOrder): "joined" | "already_there" {
  const channel = channelOf(world, order.appId, order.channelName);
  if (channel.participants.has(order.uid)) return "already_there";
  const participant: Participant = {
    uid: order.uid,
    role: order.role,
    joinedAtMs: world.scheduler.nowMs(),
    platform: order.platform ?? (order.clientType === undefined ? 7 : 6),
    ...(order.clientType === undefined ? {} : { clientType: order.clientType }),
    ...(order.account === undefined ? {} : { account: order.account }),
    ...deviceClock(world),
    publishes: publications[order.publishes ?? "both"],
  };
  channel.participants.set(order.uid, participant);
  // Another device may have a clock that lags behind the last one's.
  if (participant.clockOffsetMs !== undefined) channel.lastClientSeq.delete(order.uid);
  if (order.role === "host") channel.hostCount += 1;
  const { appId, channelName } = channel;
  world.record({ kind: "participant-joined", appId, channelName, uid: order.uid });
  changed(world, channel);
  announceParticipantJoin(world, channel, participant);
  failOnUidClash(world, channel, order.uid);
  return "joined";
}

export interface LeaveOrder {
  readonly appId: string;
  readonly channelName: string;
  readonly uid: number;
  /** Agora's reason; 5 means that another device of the same uid took over: told, but nobody left. */
  readonly reason: number;
  readonly rejoinExpected: boolean;
}

/** Takes somebody out of the channel and tells it. */
export function leaveParticipant(world: World, order: LeaveOrder): "left" | "replaced" | "not_there" {
  const channel = channelOf(world, order.appId, order.channelName);
  const participant = channel.participants.get(order.uid);
  if (participant === undefined) return "not_there";
  const { reason, rejoinExpected } = order;
  if (reason === 5) {
    announceParticipantLeave(world, channel, { participant, reason, rejoinExpected });
    return "replaced";
  }
  channel.participants.delete(order.uid);
  if (participant.role === "host") channel.hostCount -= 1;
  const { appId, channelName } = channel;
  world.record({ kind: "participant-left", appId, channelName, uid: order.uid, reason });
  changed(world, channel);
  announceParticipantLeave(world, channel, { participant, reason, rejoinExpected });
  return "left";
}

/** Makes a host an audience member or the other way round and tells it. */
export function changeRole(
  world: World,
  order: Pick<JoinOrder, "appId" | "channelName" | "uid" | "role">,
): "changed" | "same" | "not_there" {
  const channel = channelOf(world, order.appId, order.channelName);
  const participant = channel.participants.get(order.uid);
  if (participant === undefined) return "not_there";
  if (participant.role === order.role) return "same";
  participant.role = order.role;
  channel.hostCount += order.role === "host" ? 1 : -1;
  changed(world, channel);
  announceRole(world, channel, participant);
  return "changed";
}

const clockOffsetMsMax = 600_000;

function deviceClock(world: World): Pick<Participant, "clockOffsetMs"> {
  if (world.settings.switches.clientSeqOrigin === "server") return {};
  return { clockOffsetMs: world.random.between(-clockOffsetMsMax, clockOffsetMsMax) };
}

/** Shared by all participants: there may be very many. */
const publications = {
  both: { audio: true, video: true },
  audio: { audio: true, video: false },
  video: { audio: false, video: true },
  nothing: { audio: false, video: false },
} as const;

function changed(world: World, channel: Channel): void {
  const nowMs = world.scheduler.nowMs();
  channel.emptySinceMs = channel.participants.size > 0 ? undefined : (channel.emptySinceMs ?? nowMs);
  channel.hostlessSinceMs = channel.hostCount > 0 ? undefined : (channel.hostlessSinceMs ?? nowMs);
  presenceChanged(world, channel);
}
