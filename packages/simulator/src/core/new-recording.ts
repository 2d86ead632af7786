import type { Flaw } from "./flaw.ts";
import { keepsOut } from "./flaws.ts";
import type {
  RecorderToken,
  Recording,
  RecordingMode,
  RecordingOrder,
  Resource,
  StorageOrder,
  Subscription,
} from "./recording.ts";
import type { World } from "./world.ts";
import { channelOf } from "./world.ts";

/** What a start asked for, and what will become of it. */
export interface RecorderPlan {
  readonly mode: RecordingMode;
  readonly order: RecordingOrder;
  readonly storage: StorageOrder;
  readonly subscription: Subscription;
  readonly onhold: boolean;
  readonly rtmpUrl: string | undefined;
  /** What is wrong with the start although it is accepted. */
  readonly flaw?: Flaw;
  readonly token?: RecorderToken;
}

/** The recording of a resource as it is before its recorder did anything. */
export function newRecording(world: World, resource: Resource, plan: RecorderPlan): Recording {
  const nowMs = world.scheduler.nowMs();
  const { mode, order, storage, subscription, onhold, rtmpUrl, flaw, token } = plan;
  return {
    sid: world.random.hex(32),
    resource,
    channel: channelOf(world, resource.appId, resource.channelName),
    mode,
    order,
    storage,
    subscription,
    onhold,
    rtmpUrl,
    silenced: false,
    uploadResult: world.settings.backupBuckets.includes(storage.bucket) ? "backuped" : "uploaded",
    tracks: [],
    pageReady: false,
    rtmpSinceMs: nowMs,
    token,
    startedAtMs: nowMs,
    walkFromMs: nowMs,
    uid: resource.uid,
    joinedAtMs: nowMs,
    phase: { name: flaw !== undefined && keepsOut(flaw) ? "refused" : "live" },
    migrationCount: 0,
    mediaMs: 0,
    mediaFromMs: undefined,
    firstMediaAtMs: undefined,
    pastStreams: undefined,
    upload: undefined,
    toldTracks: false,
    toldFileListed: false,
    cancelTracks: undefined,
    cancelIdle: undefined,
    cancels: [],
  };
}
