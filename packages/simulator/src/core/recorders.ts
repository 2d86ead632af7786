import { announceRecorderJoin, announceRecorderLeave } from "./announce.ts";
import { settleMedia } from "./recorder-status.ts";
import type {
  Channel,
  Recording,
  RecordingMode,
  RecordingOrder,
  RecordingPhase,
  Resource,
  StorageOrder,
  Subscription,
  World,
} from "./world.ts";
import { channelOf } from "./world.ts";

/** Agora gives up at the fourth failure. */
const migrationsMax = 3;
/** Uids that Agora draws for migrated recorders: outside the range that autorec reserves. */
const randomUid = { min: 100_000_000, max: 3_999_999_999 };

export interface RecorderPlan {
  readonly mode: RecordingMode;
  readonly order: RecordingOrder;
  readonly storage: StorageOrder;
  readonly subscription: Subscription;
  readonly onhold: boolean;
  readonly rtmpUrl: string | undefined;
  /** What is wrong with the start although it is accepted. */
  readonly flaw?: "token" | "storage";
  readonly tokenEndsAtMs?: number;
}

/** Begins a recording of the resource; its recorder is in the channel at once, unless the token is wrong. */
export function startRecorder(world: World, resource: Resource, plan: RecorderPlan): Recording {
  const nowMs = world.scheduler.nowMs();
  const channel = channelOf(world, resource.appId, resource.channelName);
  const recording: Recording = {
    sid: world.random.hex(32),
    resource,
    channel,
    mode: plan.mode,
    order: plan.order,
    storage: plan.storage,
    subscription: plan.subscription,
    onhold: plan.onhold,
    rtmpUrl: plan.rtmpUrl,
    silenced: false,
    uploadResult: "uploaded",
    tracks: [],
    startedAtMs: nowMs,
    walkFromMs: nowMs,
    uid: resource.uid,
    joinedAtMs: nowMs,
    phase: plan.flaw === "token" ? { name: "refused" } : { name: "live" },
    migrationCount: 0,
    mediaMs: 0,
    mediaFromMs: undefined,
    firstMediaAtMs: undefined,
    cancelIdle: undefined,
    cancels: [],
  };
  resource.recording = recording;
  world.recordings.set(recording.sid, recording);
  world.open.add(recording);
  if (plan.flaw !== "token") enterChannel(world, recording, "start");
  if (plan.flaw !== undefined) failSoon(world, recording);
  if (plan.tokenEndsAtMs !== undefined) {
    recording.cancels.push(
      world.scheduler.at(plan.tokenEndsAtMs, () => {
        if (world.settings.switches.tokenExpiryEnds) dieIfOpen(world, recording, "expired");
      }),
    );
  }
  failOnUidClash(world, channel, recording.uid);
  return recording;
}

/** Ends a recording in order: it leaves the channel now and is gone after the exit window. */
export function endRecorder(world: World, recording: Recording, cause: "stop" | "idle"): void {
  const nowMs = world.scheduler.nowMs();
  const wasLive = recording.phase.name === "live";
  setPhase(world, recording, {
    name: "ending",
    sinceMs: nowMs,
    untilMs: nowMs + world.settings.durations.exitWindowMs,
  });
  if (wasLive) leaveChannel(world, recording, { cause, reason: 1, announceAtMs: nowMs });
}

/** Kills the recorder of a live recording: nothing serves it from now on. `silent`: its leave is never told. */
export function killRecorder(world: World, recording: Recording, silent: boolean): void {
  const announceAtMs = world.scheduler.nowMs() + world.settings.durations.killedLeaveMs;
  setPhase(world, recording, { name: "gone" });
  leaveChannel(world, recording, { cause: "killed", reason: 2, announceAtMs: silent ? undefined : announceAtMs });
}

/** Moves a live recorder: 404 for the window, then the same sid under a new random uid; the fourth time it ends. */
export function migrateRecorder(
  world: World,
  recording: Recording,
  order: { readonly windowMs: number; readonly silent: boolean },
): "migrating" | "ended" {
  if (recording.migrationCount >= migrationsMax) {
    killRecorder(world, recording, order.silent);
    return "ended";
  }
  recording.migrationCount += 1;
  setPhase(world, recording, { name: "migrating" });
  const nowMs = world.scheduler.nowMs();
  leaveChannel(world, recording, { cause: "migration", reason: 2, announceAtMs: order.silent ? undefined : nowMs });
  recording.cancels.push(
    world.scheduler.at(nowMs + order.windowMs, () => {
      if (recording.phase.name !== "migrating") return;
      recording.uid = freeUid(world, recording.channel);
      if (world.settings.switches.statusAfterMigration === "walksAgain") {
        recording.walkFromMs = world.scheduler.nowMs();
      }
      recording.phase = { name: "live" };
      enterChannel(world, recording, "migration");
    }),
  );
  return "migrating";
}

/** Presence moved: media flows or stops, idle time begins or ends. */
export function presenceChanged(world: World, channel: Channel): void {
  for (const recording of channel.recorders) {
    settleMedia(world, recording);
    planIdleExit(world, recording);
  }
}

/** A uid that two hold at once: the recorder loses its recording, when the switch says so. */
export function failOnUidClash(world: World, channel: Channel, uid: number): void {
  if (world.settings.switches.uidClash === "ignored") return;
  const holders = [...channel.recorders].filter((recording) => recording.uid === uid);
  if (holders.length + (channel.participants.has(uid) ? 1 : 0) < 2) return;
  for (const recording of holders) failSoon(world, recording);
}

function enterChannel(world: World, recording: Recording, cause: "start" | "migration"): void {
  const { channel, uid, sid, mode } = recording;
  const { appId, channelName } = channel;
  recording.joinedAtMs = world.scheduler.nowMs();
  channel.recorders.add(recording);
  const { resourceId } = recording.resource;
  world.record({ kind: "recorder-joined", appId, channelName, uid, sid, resourceId, mode, cause });
  settleMedia(world, recording);
  planIdleExit(world, recording);
  announceRecorderJoin(world, recording, cause);
}

function leaveChannel(
  world: World,
  recording: Recording,
  exit: {
    readonly cause: "stop" | "idle" | "killed" | "migration" | "expired";
    readonly reason: number;
    readonly announceAtMs: number | undefined;
  },
): void {
  const { channel, uid, sid, joinedAtMs } = recording;
  const { appId, channelName } = channel;
  channel.recorders.delete(recording);
  settleMedia(world, recording);
  planIdleExit(world, recording);
  world.record({ kind: "recorder-left", appId, channelName, uid, sid, cause: exit.cause });
  if (exit.announceAtMs === undefined) return;
  const tell = (): void => {
    announceRecorderLeave(world, recording, { uid, reason: exit.reason, joinedAtMs });
  };
  if (exit.announceAtMs <= world.scheduler.nowMs()) tell();
  else world.scheduler.at(exit.announceAtMs, tell);
}

/** Idle time counts from when the channel became empty, whatever the recorder did meanwhile, never from before the start. */
function planIdleExit(world: World, recording: Recording): void {
  recording.cancelIdle?.();
  recording.cancelIdle = undefined;
  if (recording.phase.name !== "live") return;
  const { channel, startedAtMs } = recording;
  const { channelType, maxIdleMs } = recording.order;
  const idleSinceMs = channelType === 1 ? channel.hostlessSinceMs : channel.emptySinceMs;
  if (idleSinceMs === undefined) return;
  recording.cancelIdle = world.scheduler.at(Math.max(idleSinceMs, startedAtMs) + maxIdleMs, () => {
    endRecorder(world, recording, "idle");
  });
}

function failSoon(world: World, recording: Recording): void {
  const atMs = world.scheduler.nowMs() + world.settings.durations.unconfirmedDeathMs;
  recording.cancels.push(
    world.scheduler.at(atMs, () => {
      dieIfOpen(world, recording, "killed");
    }),
  );
}

function dieIfOpen(world: World, recording: Recording, cause: "killed" | "expired"): void {
  const { name } = recording.phase;
  if (name === "ending" || name === "gone") return;
  setPhase(world, recording, { name: "gone" });
  if (name !== "live") return;
  const reason = cause === "expired" ? 12 : 3;
  leaveChannel(world, recording, { cause, reason, announceAtMs: world.scheduler.nowMs() });
}

function setPhase(world: World, recording: Recording, phase: RecordingPhase): void {
  settleMedia(world, recording);
  recording.phase = phase;
  if (phase.name !== "ending" && phase.name !== "gone") return;
  world.open.delete(recording);
  for (const cancel of recording.cancels) cancel();
  recording.cancels.length = 0;
}

function freeUid(world: World, channel: Channel): number {
  for (;;) {
    const uid = world.random.between(randomUid.min, randomUid.max);
    const taken = channel.participants.has(uid) || [...channel.recorders].some((recording) => recording.uid === uid);
    if (!taken) return uid;
  }
}
