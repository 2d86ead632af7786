import { leaveParticipant } from "../core/participants.ts";
import { kickRecorder } from "../core/recorders.ts";
import type { Channel } from "../core/recording.ts";
import type { NewHistoryLine, World } from "../core/world.ts";

/** Who must not be where, and for how long. */
export interface KickOrder {
  readonly appId: string;
  readonly channelName?: string | undefined;
  readonly uid?: number | undefined;
  /** 0: thrown out once, free to come back. */
  readonly lastsMs: number;
}

/** Bans by the channel management API. @see E 4.2 */
export interface KickingRules {
  /** Throws out whom the order means, with reason 3, and keeps them out while it lasts; answers the rule's id, 0 for none. */
  readonly kick: (order: KickOrder) => number;
  /** Told of every line of the history: whom a rule keeps out goes as soon as it came. */
  readonly heard: (line: NewHistoryLine) => void;
}

interface Rule extends KickOrder {
  readonly untilMs: number;
}

export function createKickingRules(world: World): KickingRules {
  const rules = new Map<number, Rule>();
  let lastId = 0;

  const isBanned = (appId: string, channelName: string, uid: number): boolean => {
    const nowMs = world.scheduler.nowMs();
    for (const [id, rule] of rules) {
      if (rule.untilMs <= nowMs) rules.delete(id);
      else if (isMeant(rule, { appId, channelName, uid })) return true;
    }
    return false;
  };

  return {
    kick: (order) => {
      throwOut(world, order);
      if (order.lastsMs === 0) return 0;
      lastId += 1;
      rules.set(lastId, { ...order, untilMs: world.scheduler.nowMs() + order.lastsMs });
      return lastId;
    },
    heard: (line) => {
      if (line.kind !== "participant-joined" && line.kind !== "recorder-joined") return;
      const { appId = "", channelName, uid } = line;
      if (rules.size === 0 || !isBanned(appId, channelName, uid)) return;
      // What brings them in is still under way.
      world.scheduler.at(world.scheduler.nowMs(), () => {
        throwOut(world, { appId, channelName, uid, lastsMs: 0 });
      });
    },
  };
}

function throwOut(world: World, order: KickOrder): void {
  for (const channel of channelsOf(world, order)) {
    const { appId, channelName } = channel;
    for (const { uid } of [...channel.participants.values()]) {
      if (!isMeant(order, { appId, channelName, uid })) continue;
      leaveParticipant(world, { appId, channelName, uid, reason: 3, rejoinExpected: false });
    }
    for (const recording of [...channel.recorders]) {
      if (isMeant(order, { appId, channelName, uid: recording.uid })) kickRecorder(world, recording);
    }
  }
}

function channelsOf(world: World, { appId, channelName }: KickOrder): readonly Channel[] {
  if (channelName === undefined) return [...world.channels.values()].filter((channel) => channel.appId === appId);
  const channel = world.channels.get(`${appId}/${channelName}`);
  return channel === undefined ? [] : [channel];
}

function isMeant(
  order: Pick<KickOrder, "appId" | "channelName" | "uid">,
  member: { readonly appId: string; readonly channelName: string; readonly uid: number },
): boolean {
  return (
    order.appId === member.appId &&
    (order.channelName === undefined || order.channelName === member.channelName) &&
    (order.uid === undefined || order.uid === member.uid)
  );
}
