import type { ChannelView } from "./channel-record.ts";
import type { DecideContext } from "./decision.ts";
import type { Occupancy } from "./occupancy.ts";

/** Nobody is there but people whom a waiting recorder did not meet: tried again now and then, for a day. */
export interface Doubt {
  /** When the newest try was due; absent before the first. */
  readonly probeSinceMs?: number;
  /** When the next one is; absent after a day. */
  readonly nextProbeAtMs?: number;
}

/** Tries end after this: whoever is silent for so long is gone. */
const doubtLifeMs = 86_400_000;

/** Undefined when somebody certain is there, or nobody at all. A page's recorder meets nobody, so it is never tried. */
export function doubtOf(view: ChannelView, occupancy: Occupancy, context: DecideContext): Doubt | undefined {
  const { doubtful } = view.presence;
  const { durations, nowMs, rule } = context;
  const { occupied, emptySinceMs = 0, hostsOnly } = occupancy;
  if (rule === undefined || doubtful === undefined || occupied) return undefined;
  if ((hostsOnly ? doubtful.hosts : doubtful.count) === 0) return undefined;
  if (rule.mode === "web") return {};
  const sinceMs = Math.max(doubtful.sinceMs, emptySinceMs);
  const waits = durations.probeAfterMs;
  let probeSinceMs: number | undefined;
  let atMs = sinceMs;
  for (let probe = 0; ; probe += 1) {
    const waitMs = waits[Math.min(probe, waits.length - 1)] ?? doubtLifeMs;
    atMs += waitMs;
    if (waitMs <= 0 || atMs > sinceMs + doubtLifeMs) return probeSinceMs === undefined ? {} : { probeSinceMs };
    if (atMs > nowMs) return { nextProbeAtMs: atMs, ...(probeSinceMs === undefined ? {} : { probeSinceMs }) };
    probeSinceMs = atMs;
  }
}

/** Whether the try that was due is still to be made, or its recorder still answers for the slot. One try = one attempt. */
export function isProbing(view: ChannelView, probeSinceMs: number): boolean {
  const tried = Object.values(view.record.attempts).filter(
    ({ claimedAtMs, slot }) => slot === "primary" && claimedAtMs >= probeSinceMs,
  );
  return tried.length === 0 || tried.some(({ n }) => n === view.record.slots.primary.resp);
}
