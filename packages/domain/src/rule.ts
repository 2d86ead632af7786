import type { SlotName } from "@autorec/events";

/** How a recording is made, in Agora's words; `web` records a page, not the channel. */
export type RecordingMode = "individual" | "mix" | "web";

/** What a decision knows of the rule that a channel falls under; the recording body stays outside. */
export interface Rule {
  readonly name: string;
  /** Of the whole rule with its app and storage, secrets excluded. */
  readonly hash: string;
  readonly mode: RecordingMode;
  /** Agora's profile: 0 communication, 1 live broadcast, where hosts alone keep a channel occupied. */
  readonly channelType: 0 | 1;
  /** Live profile: the audience keeps the channel occupied too. */
  readonly countAudience: boolean;
  readonly slots: readonly SlotName[];
  /** Wait after the last participant left for a reason other than 1 or 3. */
  readonly graceMs: number;
  /** Wait after a leave with reason 1 or 3. */
  readonly graceNormalMs: number;
  /** A recorder that nobody can stop leaves by itself after so long: Agora's idle time, or the longest a page is recorded. */
  readonly maxIdleMs: number;
  readonly coverAfterMs: number;
  readonly tokenLifeS: number;
  /** A recorder is replaced so long after its claim, ± jitter, while it can still be controlled and its token is good. */
  readonly rotateAfterMs: number;
  /** Who goes first when workers are short: the greater; 0 unless the rule says so. Not part of `hash`. */
  readonly priority: number;
}
