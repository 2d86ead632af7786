/** Something that happens to the stack at a moment of a scenario; times count from the scenario's start. */
export type Action = { readonly atMs: number } & (
  | { readonly kind: "join"; readonly channel: string; readonly uid: number }
  | {
      readonly kind: "leave";
      readonly channel: string;
      readonly uid: number;
      readonly reason: number;
      readonly comesBack: boolean;
    }
  /** Ends the channel's recorder, with the leave event of its uid or without any. */
  | { readonly kind: "kill"; readonly channel: string; readonly silent: boolean }
  | { readonly kind: "migrate"; readonly channel: string }
  /** The next start in this channel takes effect, but nobody is told. */
  | { readonly kind: "lose-start-answer"; readonly channel: string }
  /** From now on each event is published so many times. */
  | { readonly kind: "copies"; readonly copies: number }
  | { readonly kind: "process"; readonly target: ProcessName; readonly fault: ProcessFault }
  | { readonly kind: "broker"; readonly fault: "stop" | "start" }
);

/** A process of the stack, which is also its instance id; they count from 1. */
export type ProcessName = `consumer-${number}` | `watchdog-${number}`;

/** `kill-mid-start`: SIGKILL while a start of that process is unanswered. */
export type ProcessFault = "kill" | "kill-mid-start" | "pause" | "resume" | "start";

/** In order of time; actions of the same moment keep their order. */
export function inOrder(actions: readonly Action[]): readonly Action[] {
  return actions
    .map((action, index) => ({ action, index }))
    .sort((a, b) => a.action.atMs - b.action.atMs || a.index - b.index)
    .map(({ action }) => action);
}
