import type { PresenceEvent } from "@autorec/session-store";
import { bothFlips, noFlips } from "./model-channel.ts";
import type { Entry, Flips, Kind, ModelChannel } from "./model-channel.ts";

/** A uid never heard of before, said to have come while a recorder was out of sight, may be that recorder. */
function kindOf(
  channel: ModelChannel,
  options: { readonly isNew: boolean; readonly atMs: number; readonly nowMs: number },
): Kind {
  const { isNew, atMs, nowMs } = options;
  const { fromMs, toMs, untilMs } = channel.maybeWindow;
  if (!isNew) return "person";
  return atMs >= fromMs - 1_000 && atMs <= toMs && nowMs <= untilMs ? "maybe" : "new";
}

/** S1 without its keys of the shard: per uid the greatest sequence wins, a leave with reason 5 changes nothing. */
export function applyEvents(
  channel: ModelChannel,
  events: readonly PresenceEvent[],
  nowMs: number,
): {
  readonly flips: Flips;
  readonly look: boolean;
  readonly joined: boolean;
  readonly dirty: boolean;
  readonly applied: number;
  readonly stale: number;
  readonly strangers: number;
} {
  const { exists, recorders } = channel;
  let flips = noFlips;
  let [look, joined, dirty, applied, stale, strangers] = [false, false, false, 0, 0, 0];
  for (const event of events) {
    if (event.kind === "look") {
      if (exists && event.destroyedAtMs !== undefined && recorders === 0) {
        const emptied = emptyBefore(channel, Math.floor(event.destroyedAtMs), nowMs);
        flips = bothFlips(flips, emptied.flips);
        dirty ||= emptied.dirty;
      }
      look ||= exists;
      continue;
    }
    if (event.kind === "left" && event.reason === 5) {
      stale += 1;
      continue;
    }
    const { uid } = event;
    const owner = channel.uids.get(uid);
    const isRecorder = owner !== undefined || event.bot;
    const atMs = Math.max(0, Math.floor(event.atMs));
    if (event.kind === "joined" && !isRecorder && atMs > (channel.newestJoinAtMs ?? 0)) {
      channel.newestJoinAtMs = atMs;
      dirty = true;
    }
    const seq = event.clientSeq.padStart(20, "0");
    const before = channel.entries.get(uid);
    if (before !== undefined && seq <= before.seq) {
      stale += 1;
      if (seq < before.seq && (before.kind === "new" || before.kind === "maybe")) {
        flips = bothFlips(flips, channel.put(uid, { ...before, kind: "person" }, { nowMs }));
        dirty = true;
      }
      continue;
    }
    const online = event.kind !== "left";
    const isNew = before === undefined && event.kind === "joined";
    const kind = isRecorder ? "bot" : kindOf(channel, { isNew, atMs, nowMs });
    const entry: Entry = { seq, online, role: event.role, kind, atMs, appliedAtMs: nowMs };
    flips = bothFlips(flips, channel.put(uid, entry, { nowMs, event }));
    channel.remember(uid, { online, nowMs });
    if (event.reserved && owner === undefined) {
      channel.uids.set(uid, "seen");
      if (event.untyped === true && event.kind === "joined") strangers += 1;
    }
    if (event.recorderClient && event.kind === "joined" && owner === undefined) channel.unknownRecorderAtMs = nowMs;
    dirty = true;
    applied += 1;
    joined ||= event.kind === "joined" && !isRecorder;
    look ||= event.recorderClient || (event.kind === "left" && typeof owner === "number");
  }
  return { flips, look: look || flips.filled, joined, dirty, applied, stale, strangers };
}

/** Event 102: who joined before it is gone. */
function emptyBefore(channel: ModelChannel, destroyedAtMs: number, nowMs: number): { flips: Flips; dirty: boolean } {
  let flips = noFlips;
  let dirty = false;
  for (const [uid, entry] of channel.entries) {
    if (!entry.online || entry.atMs >= destroyedAtMs) continue;
    flips = bothFlips(flips, channel.put(uid, { ...entry, online: false, appliedAtMs: nowMs }, { nowMs }));
    channel.remember(uid, { online: false, nowMs });
    dirty = true;
  }
  return { flips, dirty };
}
