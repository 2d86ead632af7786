import type { Recording, World } from "./world.ts";

/** What query shows: nothing while no worker serves the recording. */
export function recorderStatus(world: World, recording: Recording): number | "notFound" {
  const nowMs = world.scheduler.nowMs();
  const { phase } = recording;
  switch (phase.name) {
    case "migrating":
    case "gone":
      return "notFound";
    case "ending": {
      if (nowMs >= phase.untilMs) return "notFound";
      const third = (phase.untilMs - phase.sinceMs) / 3;
      return 6 + Math.min(2, Math.floor((nowMs - phase.sinceMs) / third));
    }
    case "refused":
      return Math.min(2, walkedStatus(world, recording, nowMs));
    case "live": {
      const walked = walkedStatus(world, recording, nowMs);
      return walked === 4 && recordedMs(world, recording) >= world.settings.durations.firstSliceMs ? 5 : walked;
    }
  }
}

/** Media recorded up to now; 0 means that a stop finds no data. */
export function recordedMs(world: World, recording: Recording): number {
  return recording.mediaMs + flowedMs(world, recording);
}

/** Adds up what flowed since the last change, and notes whether it flows from now on. */
export function settleMedia(world: World, recording: Recording): void {
  const nowMs = world.scheduler.nowMs();
  const flowed = flowedMs(world, recording);
  if (flowed > 0) recording.firstMediaAtMs ??= nowMs - flowed;
  recording.mediaMs += flowed;
  const { channel } = recording;
  const { channelType } = recording.order;
  const idleSinceMs = channelType === 1 ? channel.hostlessSinceMs : channel.emptySinceMs;
  const flows = recording.phase.name === "live" && channel.recorders.has(recording) && idleSinceMs === undefined;
  recording.mediaFromMs = flows ? nowMs : undefined;
}

function flowedMs(world: World, recording: Recording): number {
  if (recording.mediaFromMs === undefined) return 0;
  const readyAtMs = recording.walkFromMs + world.settings.durations.statusWalkMs[3];
  return Math.max(0, world.scheduler.nowMs() - Math.max(recording.mediaFromMs, readyAtMs));
}

function walkedStatus(world: World, recording: Recording, nowMs: number): number {
  return world.settings.durations.statusWalkMs.filter((stepMs) => nowMs - recording.walkFromMs >= stepMs).length;
}
