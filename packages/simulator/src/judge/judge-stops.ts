import type { RecorderStay } from "./channel-history.ts";
import type { ChannelCase, EmptySpan, JudgeContext } from "./judge-context.ts";
import type { Violation } from "./judgement.ts";
import type { Deadline } from "./disturbances.ts";
import { stopDeadline, unstoppableUntilMs } from "./recorder-excuses.ts";
import { indexAfter, spanAt } from "./span.ts";

/** What I4 says about one channel. */
export interface StopFindings {
  readonly violations: readonly Violation[];
  /** Live at the end although their channel had been empty for longer than allowed; no ghosts. */
  readonly leftBehind: number;
  /** With those out of control. */
  readonly ghostsLive: number;
}

/** I4: no recorder in a channel empty for longer than its stop may take; ghosts end by Agora's idle exit. */
export function judgeStops(which: ChannelCase, context: JudgeContext): StopFindings {
  const violations: Violation[] = [];
  let leftBehind = 0;
  let ghostsLive = 0;
  for (const stay of which.channel.stays) {
    const isLive = stay.leftBy === "live";
    const ghostMs = unstoppableUntilMs(stay.recorder, which, context);
    if (ghostMs !== undefined) {
      if (isLive) ghostsLive += 1;
      const bound = "ghost or out of control: idle exit or end of its resource";
      if (stay.leftAtMs > ghostMs) violations.push(violation(which, stay, { atMs: ghostMs, parts: [bound] }));
      continue;
    }
    for (const empty of emptySpansOf(stay, which)) {
      const deadline = deadlineOf(stay, empty, which, context);
      if (Math.min(stay.leftAtMs, empty.endMs) <= deadline.atMs) continue;
      violations.push(violation(which, stay, deadline, empty.endMs));
      if (isLive && empty.endMs >= context.endAtMs) leftBehind += 1;
      break;
    }
  }
  return { violations, leftBehind, ghostsLive };
}

function deadlineOf(stay: RecorderStay, empty: EmptySpan, which: ChannelCase, context: JudgeContext): Deadline {
  const deadline = stopDeadline(stay.recorder, empty, context);
  // A recorder may be there before the acknowledgement of the join that called it.
  if (stay.joinedAtMs <= deadline.atMs || spanAt(which.trulyOccupied, stay.joinedAtMs) === undefined) return deadline;
  const { stopSlackMs } = context.durations;
  return {
    atMs: stay.joinedAtMs + stopSlackMs,
    parts: [`joined before the acknowledgement, stopSlack ${stopSlackMs}`],
  };
}

function emptySpansOf(stay: RecorderStay, { empty }: ChannelCase): readonly EmptySpan[] {
  const first = indexAfter(empty, (span) => span.endMs, stay.joinedAtMs);
  const last = indexAfter(empty, (span) => span.startMs, stay.leftAtMs - 1);
  return empty.slice(first, last);
}

/** Too long by what the channel was empty beyond the deadline: who comes back finds the recorder, and may keep it. */
function violation(
  { channel }: ChannelCase,
  stay: RecorderStay,
  deadline: Deadline,
  emptyUntilMs = Infinity,
): Violation {
  const hasEnded = stay.leftBy === "live" ? "still live at the end" : `ended by ${stay.leftBy}`;
  const end = emptyUntilMs < stay.leftAtMs ? "until somebody came" : hasEnded;
  const overMs = Math.min(stay.leftAtMs, emptyUntilMs) - deadline.atMs;
  return {
    invariant: "I4",
    channelName: channel.channelName,
    atMs: Math.max(deadline.atMs, stay.joinedAtMs),
    message: `recorder ${stay.uid} (sid ${stay.recorder.sid}) stayed in an empty channel ${overMs} ms too long, ${end}; allowed: ${deadline.parts.join(" + ")}`,
  };
}
