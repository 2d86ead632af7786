import type { ChannelEvent } from "@autorec/events";
import type { InputRecord } from "./input-record.ts";

/** A join older than this says little about now: the leave that followed may lie further on in the partition. */
const freshMs = 600_000;
/** The sender's clock may be this far from ours; the brokers' clocks are our own. */
const clockDifferenceMs = 300_000;

/**
 * Whether an event claims that somebody is in the channel, but was said so long ago that nothing may be started for it
 * before the partition has been read to its end. A wrong yes delays a start a little, a wrong no costs a dry attempt.
 */
export function isOldJoin(event: ChannelEvent, record: InputRecord, nowMs: number): boolean {
  if (event.kind !== "joined" && event.kind !== "role-changed") return false;
  return nowMs - record.timestampMs > freshMs || nowMs - event.atMs > freshMs + clockDifferenceMs;
}
