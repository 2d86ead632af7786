import type { Recorder } from "./channel-history.ts";
import { stepOf } from "./client-durations.ts";
import { slotOf, type ChannelCase, type JudgeContext } from "./judge-context.ts";

/** So many recorders in a row that died early, and autorec starts the next ones at a low rate. */
const earlyDeathsMax = 5;

/**
 * What autorec's crash-loop breaker may let pass before the restart that follows an exit at `untilMs`, ms; 0 while fewer than
 * five recorders in a row have died early. One that recorded for long enough ends the counting; one that was stopped, or has
 * ended otherwise than by a death, counts for nothing.
 */
export function crashLoopWaitMs(untilMs: number, { channel }: ChannelCase, context: JudgeContext): number {
  const { backoffResetMs, crashLoopRetryMs } = context.durations;
  const slots = Map.groupBy(channel.recorders, (recorder) => slotOf(recorder, context));
  const waits = [...slots.values()].map((recorders) => {
    let early = 0;
    for (const recorder of recorders) {
      const fromMs = recorder.stays[0]?.joinedAtMs ?? Infinity;
      if (fromMs > untilMs) break;
      const livedMs = Math.min(untilMs, recorder.stays.at(-1)?.leftAtMs ?? untilMs) - fromMs;
      // Its life counts from its confirmation, which may be late.
      if (livedMs >= backoffResetMs + context.durations.confirmLimitMs) early = 0;
      else if (wasLost(recorder, untilMs)) early += 1;
    }
    return early < earlyDeathsMax ? 0 : stepOf(crashLoopRetryMs, early - earlyDeathsMax);
  });
  return Math.max(0, ...waits);
}

/** It died, or was away so long that another one took its place. */
function wasLost({ stays, repeated404s }: Recorder, untilMs: number): boolean {
  const last = stays.at(-1);
  if (last !== undefined && last.leftAtMs <= untilMs && last.leftBy !== "stop" && last.leftBy !== "live") return true;
  return repeated404s.some(({ atMs }) => atMs <= untilMs);
}
