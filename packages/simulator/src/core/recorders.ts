import { announceRecorderJoin, announceRecorderLeave } from "./announce.ts";
import type { Flaw } from "./flaw.ts";
import { troubleOfFlaw } from "./flaws.ts";
import { rememberRecording, rememberVacancy } from "./memory.ts";
import { settleMedia } from "./recorded-media.ts";
import type { LeaveCause } from "./recording-moment.ts";
import { idleSinceMs } from "./tracks.ts";
import { beginUpload } from "./uploads.ts";
import { openPage } from "./web-page.ts";
import { holdWorker, releaseWorker } from "./workers.ts";
import type { RecorderPlan } from "./new-recording.ts";
import { newRecording } from "./new-recording.ts";
import type { Channel, Recording, Resource } from "./recording.ts";
import type { World } from "./world.ts";

/** Begins a recording of the resource; its recorder is at work at once, unless a flaw keeps it out. */
export function startRecorder(world: World, resource: Resource, asked: RecorderPlan): Recording {
  const flaw = asked.flaw ?? resource.arrangedFlaw;
  const plan = flaw === undefined ? asked : { ...asked, flaw };
  const recording = newRecording(world, resource, plan);
  const { channel, cancels } = recording;
  resource.recording = recording;
  world.recordings.set(recording.sid, recording);
  holdWorker(world, recording);
  world.tell({ kind: "started", atMs: recording.startedAtMs, recording });
  if (recording.phase.name === "live") enterService(world, recording, "start");
  if (plan.flaw !== undefined) failSoon(world, recording, plan.flaw);
  if (plan.token !== undefined && Number.isFinite(plan.token.stayEndsAtMs)) {
    cancels.push(
      world.scheduler.at(plan.token.stayEndsAtMs, () => {
        if (world.settings.switches.tokenExpiryEnds) expire(world, recording);
      }),
    );
  }
  failOnUidClash(world, channel, recording.uid);
  return recording;
}

/** Ends a recording in order: it leaves now, its files are uploaded, and it is gone after the exit window. */
export function endRecorder(world: World, recording: Recording, cause: "stop" | "idle" | "maxHour"): void {
  const wasLive = recording.phase.name === "live";
  setEnding(world, recording);
  if (!wasLive) {
    tellExit(world, recording);
    return;
  }
  leaveService(world, recording, { cause, reason: 1, announceAtMs: world.scheduler.nowMs() });
  beginUpload(world, recording, 0);
}

/** Kills the recorder of a live recording: nothing serves it from now on. `silent`: its leave is never told. */
export function killRecorder(world: World, recording: Recording, silent: boolean): void {
  if (recording.phase.name !== "live") return;
  const announceAtMs = world.scheduler.nowMs() + world.settings.durations.killedLeaveMs;
  setGone(world, recording);
  leaveService(world, recording, { cause: "killed", reason: 2, announceAtMs: silent ? undefined : announceAtMs });
  if (!silent) tellExit(world, recording);
}

/** Somebody threw the recorder out of its channel: it exits in order, so that a stop soon after is 400/49. */
export function kickRecorder(world: World, recording: Recording): void {
  if (recording.phase.name !== "live") return;
  setEnding(world, recording);
  tellTrouble(world, recording, "uidClash");
  leaveService(world, recording, { cause: "killed", reason: 3, announceAtMs: world.scheduler.nowMs() });
  beginUpload(world, recording, 1);
}

/** Ends a recording that cannot work, whatever it was doing; harmless when it is over. */
export function failRecorder(world: World, recording: Recording, flaw: Flaw): void {
  if (isOver(recording)) return;
  const wasLive = recording.phase.name === "live";
  setGone(world, recording);
  tellTrouble(world, recording, flaw);
  if (wasLive) {
    leaveService(world, recording, { cause: "failed", reason: 3, announceAtMs: world.scheduler.nowMs() });
  }
  tellExit(world, recording);
}

/** Its recorder was told to go or is gone: nothing can happen to it any more. */
export function isOver({ phase }: Recording): boolean {
  return phase.name === "ending" || phase.name === "gone";
}

/** From now on the recorder writes nothing, although every query calls it live. */
export function silenceRecorder(world: World, recording: Recording): void {
  recording.silenced = true;
  settleMedia(world, recording);
}

/** Presence moved: media flows or stops, idle time begins or ends. */
export function presenceChanged(world: World, channel: Channel): void {
  for (const recording of channel.recorders) {
    settleMedia(world, recording);
    planIdleExit(world, recording);
  }
  rememberVacancy(world, channel);
}

/** A uid that two hold at once: the recorder loses its recording, when the switch says so. */
export function failOnUidClash(world: World, channel: Channel, uid: number): void {
  if (world.settings.switches.uidClash === "ignored") return;
  const holders = [...channel.recorders].filter((recording) => recording.uid === uid);
  if (holders.length + (channel.participants.has(uid) ? 1 : 0) < 2) return;
  for (const recording of holders) failSoon(world, recording, "uidClash");
}

/** Puts a recorder to work: into its channel, or before its page. */
export function enterService(
  world: World,
  recording: Recording,
  cause: "start" | "migration",
  previousUid?: number,
): void {
  const { channel, uid, sid, mode } = recording;
  const { appId, channelName } = channel;
  const atMs = world.scheduler.nowMs();
  recording.joinedAtMs = atMs;
  if (mode !== "web") channel.recorders.add(recording);
  const { resourceId } = recording.resource;
  world.record({ kind: "recorder-joined", appId, channelName, uid, sid, resourceId, mode, cause });
  const previous = previousUid === undefined ? {} : { previousUid };
  world.tell({ kind: "joined", atMs, recording, cause, uid, ...previous });
  if (mode === "web") {
    openPage(world, recording, {
      fail: (flaw) => {
        failRecorder(world, recording, flaw);
      },
      expire: () => {
        if (recording.phase.name === "live") endRecorder(world, recording, "maxHour");
      },
    });
  }
  settleMedia(world, recording);
  planIdleExit(world, recording);
  if (mode !== "web") announceRecorderJoin(world, recording, cause);
}

interface Exit {
  readonly cause: LeaveCause;
  /** Agora's reason in the leave event. */
  readonly reason: number;
  /** Undefined: the world never hears of it. */
  readonly announceAtMs: number | undefined;
}

/** @see E 3.4: 2 the process ended, 4 nobody was there, 16 it left as it was told; 0 it never worked. */
const leaveCodes: Readonly<Record<LeaveCause, number>> = {
  stop: 16,
  maxHour: 16,
  idle: 4,
  killed: 2,
  migration: 2,
  expired: 2,
  failed: 0,
};

/** The history keeps to the words of its contract. */
const historyCauses = {
  stop: "stop",
  maxHour: "expired",
  idle: "idle",
  killed: "killed",
  migration: "migration",
  expired: "expired",
  failed: "killed",
} as const satisfies Record<LeaveCause, string>;

/** Takes a recorder off its work, and tells whoever is to hear of it. */
export function leaveService(world: World, recording: Recording, exit: Exit): void {
  const { channel, uid, sid, joinedAtMs, mode } = recording;
  const { appId, channelName } = channel;
  const { cause, reason, announceAtMs } = exit;
  channel.recorders.delete(recording);
  settleMedia(world, recording);
  planIdleExit(world, recording);
  world.record({ kind: "recorder-left", appId, channelName, uid, sid, cause: historyCauses[cause] });
  const atMs = world.scheduler.nowMs();
  const silent = announceAtMs === undefined;
  world.tell({ kind: "left", atMs, recording, cause, uid, leaveCode: leaveCodes[cause], silent });
  rememberVacancy(world, channel);
  if (silent || mode === "web") return;
  const announce = (): void => {
    announceRecorderLeave(world, recording, { uid, reason, joinedAtMs });
  };
  if (announceAtMs <= atMs) announce();
  else world.scheduler.at(announceAtMs, announce);
}

/** The token has ended: what was recorded until then is uploaded. */
function expire(world: World, recording: Recording): void {
  if (isOver(recording)) return;
  const wasLive = recording.phase.name === "live";
  setGone(world, recording);
  tellTrouble(world, recording, "tokenExpired");
  if (!wasLive) {
    tellExit(world, recording);
    return;
  }
  leaveService(world, recording, { cause: "expired", reason: 12, announceAtMs: world.scheduler.nowMs() });
  beginUpload(world, recording, 1);
}

/** Idle time counts from when the channel became empty, whatever the recorder did meanwhile, never from before the start. */
function planIdleExit(world: World, recording: Recording): void {
  recording.cancelIdle?.();
  recording.cancelIdle = undefined;
  const sinceMs = idleSinceMs(recording);
  if (recording.phase.name !== "live" || sinceMs === undefined) return;
  const exitAtMs = Math.max(sinceMs, recording.startedAtMs) + recording.order.maxIdleMs;
  recording.cancelIdle = world.scheduler.at(exitAtMs, () => {
    endRecorder(world, recording, "idle");
  });
}

function failSoon(world: World, recording: Recording, flaw: Flaw): void {
  const atMs = world.scheduler.nowMs() + world.settings.durations.unconfirmedDeathMs;
  recording.cancels.push(
    world.scheduler.at(atMs, () => {
      failRecorder(world, recording, flaw);
    }),
  );
}

function setEnding(world: World, recording: Recording): void {
  const sinceMs = world.scheduler.nowMs();
  recording.phase = { name: "ending", sinceMs, untilMs: sinceMs + world.settings.durations.exitWindowMs };
  releaseRecording(world, recording);
}

function setGone(world: World, recording: Recording): void {
  const abnormalUntilMs = world.scheduler.nowMs() + world.settings.durations.exitWindowMs;
  recording.phase = { name: "gone", abnormalUntilMs };
  releaseRecording(world, recording);
}

function releaseRecording(world: World, recording: Recording): void {
  releaseWorker(world, recording);
  for (const cancel of recording.cancels.splice(0)) cancel();
  rememberRecording(world, recording);
}

function tellTrouble(world: World, recording: Recording, flaw: Flaw): void {
  world.tell({ kind: "trouble", atMs: world.scheduler.nowMs(), recording, ...troubleOfFlaw[flaw] });
}

function tellExit(world: World, recording: Recording): void {
  world.tell({ kind: "exited", atMs: world.scheduler.nowMs(), recording, exitStatus: 1 });
}
