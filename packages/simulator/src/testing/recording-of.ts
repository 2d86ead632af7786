import type { createSimulatedAgora } from "./simulated-agora.ts";
import type { Recording } from "../core/recording.ts";

/** The recording behind a sid, for tests that order something of it. */
export function recordingOf(agora: ReturnType<typeof createSimulatedAgora>, sid: string): Recording {
  const recording = agora.world.recordings.get(sid);
  if (recording === undefined) throw new Error(`no recording ${sid}`);
  return recording;
}
