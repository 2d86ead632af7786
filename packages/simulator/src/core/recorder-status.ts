import { hasFirstSlice } from "./recorded-media.ts";
import type { Recording } from "./recording.ts";
import type { World } from "./world.ts";

/** What query shows: nothing while no worker serves the recording. */
export function recorderStatus(world: World, recording: Recording): number | "notFound" {
  const nowMs = world.scheduler.nowMs();
  const { phase } = recording;
  switch (phase.name) {
    case "migrating":
      return "notFound";
    case "gone": {
      const isShown = world.settings.switches.abnormalExitStatus === "shown";
      return isShown && nowMs < (phase.abnormalUntilMs ?? 0) ? 20 : "notFound";
    }
    case "ending": {
      if (nowMs >= phase.untilMs) return "notFound";
      const third = (phase.untilMs - phase.sinceMs) / 3;
      return 6 + Math.min(2, Math.floor((nowMs - phase.sinceMs) / third));
    }
    case "refused":
      return Math.min(2, walkedStatus(world, recording, nowMs));
    case "live": {
      const walked = walkedStatus(world, recording, nowMs);
      return walked === 4 && hasFirstSlice(world, recording) ? 5 : walked;
    }
  }
}

function walkedStatus(world: World, recording: Recording, nowMs: number): number {
  return world.settings.durations.statusWalkMs.filter((stepMs) => nowMs - recording.walkFromMs >= stepMs).length;
}
