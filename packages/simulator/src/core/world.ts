import type { WrittenLine } from "../history/history-line.ts";
import { directoryOf } from "../settings/directory.ts";
import type { SimulatorAccount, SimulatorSettings } from "../settings/simulator-settings.ts";
import type { Random } from "../time/random.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { Channel, Recording, Resource } from "./recording.ts";
import type { MediaPort, RecordingMoment, RecordingObserver } from "./recording-moment.ts";

type WithoutPlace<Line> = Line extends unknown ? Omit<Line, "seq" | "atMs"> : never;
/** A line of the history before the writer gave it its place. */
export type NewHistoryLine = WithoutPlace<WrittenLine>;

/** One channel event as Agora's backend would tell it; whether and how often it is published is decided later. */
export interface Announcement {
  readonly kind: "join" | "leave" | "role" | "channel";
  readonly appId: string;
  readonly channelName: string;
  readonly eventType: number;
  readonly atMs: number;
  readonly uid?: number;
  readonly clientSeq?: number;
  readonly platform?: number;
  readonly clientType?: number;
  readonly account?: string;
  readonly reason?: number;
  readonly durationS?: number;
  readonly lastUid?: number;
  /** Of a recorder: never dropped. */
  readonly recorder: boolean;
  /** The script will let this uid come back soon, so its leave may be dropped. */
  readonly rejoinExpected: boolean;
}

/** Everything that is true in the simulated service; changed only by the functions of this folder. */
export interface World {
  settings: SimulatorSettings;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly record: (line: NewHistoryLine) => void;
  readonly announce: (announcement: Announcement) => void;
  readonly channels: Map<string, Channel>;
  readonly resources: Map<string, Resource>;
  readonly recordings: Map<string, Recording>;
  /** Those that hold a worker. */
  readonly open: Set<Recording>;
  readonly workersByApp: Map<string, number>;
  /** By App ID, oldest first: resources that take a worker although they were not started. */
  readonly reserved: Map<string, Set<Resource>>;
  /** Makes the check part of resourceIds this world's own. */
  readonly resourceSalt: number;
  readonly memory: WorldMemory;
  /** Tells every observer, after the change. */
  readonly tell: (moment: RecordingMoment) => void;
  readonly observers: readonly RecordingObserver[];
  readonly media: MediaPort | undefined;
}

/** What will be forgotten, in the order of its time; swept whenever something is added. */
export interface WorldMemory {
  readonly resources: Expiring<Resource>[];
  readonly recordings: Expiring<Recording>[];
  readonly channels: Expiring<Channel>[];
  sweptAtMs: number;
}
export interface Expiring<Thing> {
  readonly dueMs: number;
  readonly thing: Thing;
}

export interface WorldOptions {
  readonly settings: SimulatorSettings;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly record: (line: NewHistoryLine) => void;
  readonly announce: (announcement: Announcement) => void;
  readonly observers?: readonly RecordingObserver[] | undefined;
  readonly media?: MediaPort | undefined;
}

/** An Agora without channels, resources and recordings. */
export function createWorld(options: WorldOptions): World {
  const { observers = [], media, ...rest } = options;
  const tell = (moment: RecordingMoment): void => {
    for (const observe of observers) observe(moment);
  };
  return {
    ...rest,
    observers,
    media,
    tell,
    channels: new Map(),
    resources: new Map(),
    recordings: new Map(),
    open: new Set(),
    workersByApp: new Map(),
    reserved: new Map(),
    resourceSalt: rest.random.between(0, 4_294_967_295),
    memory: { resources: [], recordings: [], channels: [], sweptAtMs: 0 },
  };
}

/** The channel of that name, made on first mention. */
export function channelOf(world: World, appId: string, channelName: string): Channel {
  const key = `${appId}/${channelName}`;
  const known = world.channels.get(key);
  if (known !== undefined) return known;
  const nowMs = world.scheduler.nowMs();
  const channel: Channel = {
    appId,
    channelName,
    participants: new Map(),
    hostCount: 0,
    recorders: new Set(),
    tasks: new Set(),
    lastClientSeq: new Map(),
    emptySinceMs: nowMs,
    hostlessSinceMs: nowMs,
  };
  world.channels.set(key, channel);
  return channel;
}

/** The account that owns the App ID. */
export function accountOfApp(world: World, appId: string): SimulatorAccount | undefined {
  return directoryOf(world.settings).appOf(appId)?.account;
}

/** The certificate of the App ID, when its recorders need tokens. */
export function certificateOfApp(world: World, appId: string): string | undefined {
  return directoryOf(world.settings).appOf(appId)?.app.appCertificate;
}
