import type { Channel } from "../core/recording.ts";
import type { Announcement, NewHistoryLine, World } from "../core/world.ts";

/** Somebody in a channel, as channel management sees it. */
export interface Member {
  readonly uid: number;
  readonly role: "host" | "audience";
  readonly platform: number;
  readonly joinedAtMs: number;
  readonly isRecorder: boolean;
}

export interface ListedChannel {
  readonly channelName: string;
  readonly userCount: number;
}

/** Who is where, as of a while ago; recorders as the switch says. */
export interface PresenceView {
  readonly members: (appId: string, channelName: string) => readonly Member[];
  /** Channels with anybody in them. */
  readonly channels: (appId: string) => readonly ListedChannel[];
  /** Told of every line of the history and every announcement, since a late view has to remember. */
  readonly heard: (line: NewHistoryLine) => void;
  readonly announced: (announcement: Announcement) => void;
}

const linux = 6;

/** Reads the world itself. */
export function createPresenceView(world: World): PresenceView {
  const isHidden = (): boolean => world.settings.switches.recorderListedAs === "hidden";
  return {
    members: (appId, channelName) => {
      const channel = world.channels.get(`${appId}/${channelName}`);
      return channel === undefined ? [] : listed(world, allMembers(channel));
    },
    channels: (appId) => {
      const found: ListedChannel[] = [];
      for (const channel of world.channels.values()) {
        if (channel.appId !== appId) continue;
        const userCount = channel.participants.size + (isHidden() ? 0 : channel.recorders.size);
        if (userCount > 0) found.push({ channelName: channel.channelName, userCount });
      }
      return found;
    },
    heard: ignore,
    announced: ignore,
  };
}

interface Stay {
  readonly member: Member;
  readonly fromMs: number;
  toMs: number;
}

interface Past {
  readonly appId: string;
  readonly channelName: string;
  readonly stays: Stay[];
}

/** The same as of `lagMs` ago: remembers who came and went since. */
export function createLateView(world: World, lagMs: number): PresenceView {
  const { scheduler } = world;
  const pasts = new Map<string, Past>();
  const pastOf = (appId: string, channelName: string): Past => {
    const key = `${appId}/${channelName}`;
    const past = pasts.get(key) ?? { appId, channelName, stays: [] };
    pasts.set(key, past);
    return past;
  };
  const forget = (past: Past): void => {
    const seenMs = scheduler.nowMs() - lagMs;
    const kept = past.stays.filter(({ toMs }) => toMs > seenMs);
    past.stays.splice(0, past.stays.length, ...kept);
    if (kept.length === 0) pasts.delete(`${past.appId}/${past.channelName}`);
  };
  /** Compares what is true of a uid now with what was. */
  const changed = (appId: string, channelName: string, uid: number): void => {
    const nowMs = scheduler.nowMs();
    const channel = world.channels.get(`${appId}/${channelName}`);
    const now = channel === undefined ? [] : allMembers(channel).filter((member) => member.uid === uid);
    const past = pastOf(appId, channelName);
    for (const stay of past.stays) {
      if (stay.member.uid === uid && stay.toMs === Infinity) stay.toMs = nowMs;
    }
    for (const member of now) past.stays.push({ member, fromMs: nowMs, toMs: Infinity });
    scheduler.at(nowMs + lagMs, () => {
      forget(past);
    });
  };
  const seen = ({ stays }: Past): readonly Member[] => {
    const seenMs = scheduler.nowMs() - lagMs;
    return listed(
      world,
      stays.filter(({ fromMs, toMs }) => fromMs <= seenMs && toMs > seenMs).map(({ member }) => member),
    );
  };

  return {
    members: (appId, channelName) => {
      const past = pasts.get(`${appId}/${channelName}`);
      return past === undefined ? [] : seen(past);
    },
    channels: (appId) =>
      [...pasts.values()]
        .filter((past) => past.appId === appId)
        .map((past) => ({ channelName: past.channelName, userCount: seen(past).length }))
        .filter(({ userCount }) => userCount > 0),
    heard: (line) => {
      if (!isChange(line)) return;
      changed(line.appId ?? "", line.channelName, line.uid);
    },
    announced: ({ kind, appId, channelName, uid }) => {
      if (kind === "role" && uid !== undefined) changed(appId, channelName, uid);
    },
  };
}

type Change = Extract<NewHistoryLine, { readonly kind: `${"participant" | "recorder"}-${"joined" | "left"}` }>;

function isChange(line: NewHistoryLine): line is Change {
  return /^(participant|recorder)-(joined|left)$/.test(line.kind);
}

function ignore(): void {
  // What is true is in the world.
}

function allMembers({ participants, recorders }: Channel): readonly Member[] {
  const recorderMembers = [...recorders]
    .filter(({ uid }) => !participants.has(uid))
    .map(({ uid, joinedAtMs }): Member => ({ uid, role: "host", platform: linux, joinedAtMs, isRecorder: true }));
  const people = [...participants.values()].map(({ uid, role, platform, joinedAtMs }): Member => ({
    uid,
    role,
    platform,
    joinedAtMs,
    isRecorder: false,
  }));
  return [...people, ...recorderMembers];
}

/** Recorders as the switch shows them. */
function listed(world: World, members: readonly Member[]): readonly Member[] {
  const { recorderListedAs } = world.settings.switches;
  if (recorderListedAs === "hidden") return members.filter(({ isRecorder }) => !isRecorder);
  if (recorderListedAs === "broadcaster") return members;
  return members.map((member) => (member.isRecorder ? { ...member, role: "audience" } : member));
}
