import { HistoryBuilder } from "./history-builder.ts";
import { judgeHistory, type JudgeOptions } from "./judge-history.ts";
import type { Judgement } from "./judgement.ts";

/** The correct day that the tests of the judge doctor: its channel and its recorders' uids. */
export const room = "room-1";
export const recorder = 4_000_000_002;
export const next = 4_000_000_004;

/** One person joins at 1 s; the run ends at 60 s. */
export function day(settings = {}): HistoryBuilder {
  return new HistoryBuilder(settings).join(1_000, room, 11).note(60_000, "run-ended");
}

/** `day`, recorded by `sid-1` from 1.3 s on. */
export function recorded(settings = {}): HistoryBuilder {
  return day(settings).start(1_300, room, "sid-1", recorder);
}

/** The person leaves at 20 s, the recorder is stopped after the grace. */
export function ended(history: HistoryBuilder, sid = "sid-1", uid = recorder): HistoryBuilder {
  return history.leave(20_000, room, 11).stop(22_200, room, sid, uid);
}

/** `recorded`, whose recorder is killed at 10 s; the next one comes up after `gapMs`. */
export function restart(gapMs: number, how: "kill" | "killSilently", settings = {}): HistoryBuilder {
  const killed = recorded(settings)[how](10_000, room, "sid-1", recorder);
  return ended(killed.start(10_000 + gapMs, room, "sid-2", next), "sid-2", next);
}

export function judge(history: HistoryBuilder, options?: JudgeOptions): Judgement {
  return judgeHistory(history.build(), options);
}

/** The invariants that the history breaks, in order of time. */
export function broken(history: HistoryBuilder): readonly string[] {
  return judge(history).violations.map((violation) => violation.invariant);
}
