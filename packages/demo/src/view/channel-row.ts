import { nextStep, stateWord } from "@autorec/domain";
import type { ChannelRecord, NextStep, StateWord } from "@autorec/domain";

/** One line of the live view. */
export interface ChannelRow {
  readonly channel: string;
  readonly people: number;
  readonly recorderUid: string;
  readonly sid: string;
  readonly state: StateWord;
  readonly attempt: string;
  readonly next: string;
}

/** What a person should see of a channel now; `people` as the simulator knows them, the rest as autorec stored it. */
export function channelRow(
  channel: string,
  seen: { readonly people: number; readonly record: ChannelRecord; readonly nowMs: number },
): ChannelRow {
  const { record, nowMs } = seen;
  const responsible = record.attempts[record.slots.primary.resp];
  const open = Object.values(record.attempts).filter((attempt) => attempt.st !== "CLOSED");
  const shown = responsible ?? open.at(-1);
  const step = nextStep(record);
  const extra = open.length > 1 ? ` (+${String(open.length - 1)})` : "";
  return {
    channel,
    people: seen.people,
    recorderUid: shown === undefined ? "–" : String(shown.uid),
    sid: shown?.sid?.slice(0, 8) ?? "–",
    state: stateWord(record, nowMs),
    attempt: shown === undefined ? "–" : `${String(shown.n)}${extra}`,
    next: step === undefined ? "–" : nextWords(step, nowMs),
  };
}

function nextWords({ atMs, what }: NextStep, nowMs: number): string {
  return atMs === undefined ? what : `${what} ${inSeconds(atMs - nowMs)}`;
}

function inSeconds(ms: number): string {
  return ms <= 0 ? "now" : `in ${(ms / 1_000).toFixed(1)} s`;
}
