import type { HistoryLine } from "@autorec/simulator/judge";

/** Whether a process was killed while a start of it was unanswered: its request began before the kill and got no answer. */
export function findMidStartKill(lines: readonly HistoryLine[]): boolean {
  const kills = lines.filter((line) => line.kind === "note" && line.note === "process-killed");
  const unanswered = lines.filter((line) => line.kind === "request" && line.call === "start" && !line.answered);
  return kills.some((kill) =>
    unanswered.some(
      (request) =>
        kill.kind === "note" &&
        request.kind === "request" &&
        request.client === kill.instanceId &&
        request.startedAtMs <= kill.atMs &&
        kill.atMs <= request.startedAtMs + request.durationMs + 50,
    ),
  );
}
