import type { Decision } from "@autorec/domain";
import { bothFlips, isPerson, noFlips } from "./model-channel.ts";
import type { Entry, Flips, Kind, ModelChannel } from "./model-channel.ts";

/** What a decision has learned of those who are said to be in the channel. */
export function applyMarks(channel: ModelChannel, marks: Decision["marks"], nowMs: number): Flips {
  let flips = noFlips;
  for (const mark of marks) {
    if (mark.kind === "maybeRecorder") {
      channel.maybeWindow = { fromMs: mark.fromMs, toMs: mark.toMs, untilMs: mark.joinsUntilMs };
    } else if (mark.kind === "identified") channel.maybeWindow = { fromMs: 0, toMs: 0, untilMs: 0 };
    for (const [uid, entry] of channel.entries) {
      const kind = entry.online ? kindAfter(mark, entry) : undefined;
      if (kind !== undefined) flips = bothFlips(flips, channel.put(uid, { ...entry, kind }, { nowMs }));
    }
  }
  return flips;
}

function kindAfter(mark: Decision["marks"][number], entry: Entry): Kind | undefined {
  switch (mark.kind) {
    case "doubtful":
      return isPerson(entry) && entry.appliedAtMs <= mark.heardBeforeMs && (!mark.hostsOnly || entry.role === "host")
        ? "doubtful"
        : undefined;
    case "maybeRecorder":
      return entry.kind === "new" && entry.appliedAtMs >= mark.fromMs && entry.appliedAtMs <= mark.toMs
        ? "maybe"
        : undefined;
    case "identified":
      return entry.kind === "maybe" ? "person" : undefined;
    case "trusted":
      return entry.kind === "doubtful" ? "person" : undefined;
  }
}
