import type { ChannelRecord, ChannelView, Decision, PendingFact, PresenceSummary, SeenUid } from "@autorec/domain";
import { recordSchemaVersion } from "@autorec/domain";
import type { ChannelRef, PresenceEvent } from "@autorec/session-store";

/** `new`: a person heard of once; `maybe`: perhaps a recorder that has moved. */
type Kind = "new" | "person" | "bot" | "doubtful" | "maybe";

interface Entry {
  readonly seq: string;
  readonly online: boolean;
  readonly role: "host" | "audience";
  readonly kind: Kind;
  readonly atMs: number;
  readonly appliedAtMs: number;
}

interface Emptied {
  readonly sinceMs: number;
  readonly reason: number | undefined;
}

const capturing: ReadonlySet<string> = new Set(["READY", "LIVE", "CONF", "GHOST"]);

/** The fields of one channel in Redis, and what the scripts' includes do to them. Digits are padded to compare as text. */
export class ModelChannel {
  readonly ref: ChannelRef;
  readonly member: string;
  readonly shard: number;
  exists = false;
  rev = 0;
  fence = 0;
  lease:
    { readonly token: string; readonly owner: string; readonly atMs: number; readonly untilMs: number } | undefined;
  record: ChannelRecord;
  /** A decision has been stored, or brought back: presence and facts alone need none. */
  hasRecord = false;
  facts = new Map<string, PendingFact>();
  readonly entries = new Map<number, Entry>();
  /** Uid → attempt, or "seen" for one of the reserved range that no attempt is known to have. */
  readonly uids = new Map<number, number | "seen">();
  readonly gone = new Map<number, number>();
  count = 0;
  hosts = 0;
  doubtful = 0;
  doubtfulHosts = 0;
  maybe = 0;
  doubtfulSinceMs = 0;
  maybeWindow = { fromMs: 0, toMs: 0, untilMs: 0 };
  lookAtMs: number | undefined;
  unknownRecorderAtMs: number | undefined;
  newestJoinAtMs: number | undefined;
  held: { readonly partition: number; readonly offset: string } | undefined;
  recorders = 0;
  #emptied: Emptied | undefined;
  #hostsEmptied: Emptied | undefined;
  #view: ChannelView | undefined;

  constructor(ref: ChannelRef, place: { readonly member: string; readonly shard: number }) {
    this.ref = ref;
    this.member = place.member;
    this.shard = place.shard;
    const slot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
    this.record = {
      schemaVersion: recordSchemaVersion,
      ...ref,
      want: { on: false, cause: "undecided" },
      slots: { primary: slot, secondary: slot },
      attempts: {},
      sessions: {},
    };
  }

  raiseRevision(nowMs: number): string {
    this.exists = true;
    this.rev = Math.max(this.rev + 1, nowMs * 1_000);
    this.#view = undefined;
    return String(this.rev);
  }

  store(record: ChannelRecord): void {
    this.record = record;
    this.hasRecord = true;
    this.recorders = Object.values(record.attempts).filter(({ st }) => capturing.has(st)).length;
  }

  liveLease(nowMs: number): ModelChannel["lease"] {
    return this.lease !== undefined && nowMs < this.lease.untilMs ? this.lease : undefined;
  }

  /** Stores an entry and moves the counters by the difference; says whether the channel or its hosts filled or emptied. */
  put(uid: number, after: Entry, options: { readonly nowMs: number; readonly reason?: number | undefined }): Flips {
    const before = this.entries.get(uid);
    this.entries.set(uid, after);
    return this.#recount(before, after, options);
  }

  /** Notes when an entry that left may be forgotten. */
  remember(uid: number, options: { readonly online: boolean; readonly nowMs: number }): void {
    if (options.online) this.gone.delete(uid);
    else this.gone.set(uid, options.nowMs);
  }

  ownUid(uid: number, attempt: number, nowMs: number): Flips {
    this.uids.set(uid, attempt);
    const entry = this.entries.get(uid);
    if (entry === undefined || entry.kind === "bot") return noFlips;
    return this.put(uid, { ...entry, kind: "bot" }, { nowMs });
  }

  view(): ChannelView {
    this.#view ??= {
      record: this.record,
      presence: this.#presence(),
      ...(this.lookAtMs === undefined ? {} : { lookAtMs: this.lookAtMs }),
      facts: [...this.facts.values()].sort((a, b) => a.atMs - b.atMs),
      reservedUids: new Map([...this.uids.keys()].map((uid) => [uid, seenUid(this.entries.get(uid))])),
    };
    return this.#view;
  }

  #presence(): PresenceSummary {
    const { newestJoinAtMs, unknownRecorderAtMs, held, doubtful, doubtfulHosts, doubtfulSinceMs, maybe } = this;
    const emptied = this.#emptied;
    const hostsEmptied = this.#hostsEmptied;
    return {
      count: this.count,
      hosts: this.hosts,
      ...(emptied === undefined ? {} : { emptySinceMs: emptied.sinceMs }),
      ...(emptied?.reason === undefined ? {} : { graceReason: emptied.reason }),
      ...(hostsEmptied === undefined ? {} : { hostsEmptySinceMs: hostsEmptied.sinceMs }),
      ...(hostsEmptied?.reason === undefined ? {} : { hostsGraceReason: hostsEmptied.reason }),
      ...(doubtful === 0 ? {} : { doubtful: { count: doubtful, hosts: doubtfulHosts, sinceMs: doubtfulSinceMs } }),
      ...(maybe === 0 ? {} : { maybeRecorders: maybe }),
      ...(unknownRecorderAtMs === undefined ? {} : { unknownRecorderAtMs }),
      ...(newestJoinAtMs === undefined ? {} : { newestJoinAtMs }),
      ...(held === undefined ? {} : { held: { partition: held.partition, offset: String(BigInt(held.offset)) } }),
    };
  }

  #recount(
    before: Entry | undefined,
    after: Entry,
    { nowMs, reason }: { readonly nowMs: number; readonly reason?: number | undefined },
  ): Flips {
    const { count: countBefore, hosts: hostsBefore, doubtful, doubtfulHosts, maybe } = this;
    this.count += difference(before, after, isPerson);
    this.hosts += difference(before, after, isHost);
    this.doubtful += difference(before, after, isDoubtful);
    this.doubtfulHosts += difference(before, after, isDoubtfulHost);
    this.maybe += difference(before, after, isMaybe);
    if (this.doubtful > doubtful) this.doubtfulSinceMs = nowMs;
    const isSame = this.count === countBefore && this.hosts === hostsBefore && this.maybe === maybe;
    const moved = !isSame || this.doubtful !== doubtful || this.doubtfulHosts !== doubtfulHosts;
    const left = { sinceMs: nowMs, reason };
    if (countBefore === 0 && this.count > 0) this.#emptied = undefined;
    if (countBefore > 0 && this.count === 0) this.#emptied = left;
    if (hostsBefore === 0 && this.hosts > 0) this.#hostsEmptied = undefined;
    if (hostsBefore > 0 && this.hosts === 0) this.#hostsEmptied = left;
    const filled = (countBefore === 0 && this.count > 0) || (hostsBefore === 0 && this.hosts > 0);
    const emptied = (countBefore > 0 && this.count === 0) || (hostsBefore > 0 && this.hosts === 0);
    return { moved, filled, flipped: filled || emptied || this.maybe !== maybe };
  }
}

function seenUid(entry: Entry | undefined): SeenUid {
  return entry?.online === true ? { online: true, joinedAtMs: entry.atMs } : { online: false };
}

/** What a change of presence did to the counters. */
export interface Flips {
  readonly moved: boolean;
  readonly filled: boolean;
  readonly flipped: boolean;
}

/** Nothing changed. */
export const noFlips: Flips = { moved: false, filled: false, flipped: false };

/** Both together. */
export function bothFlips(a: Flips, b: Flips): Flips {
  return { moved: a.moved || b.moved, filled: a.filled || b.filled, flipped: a.flipped || b.flipped };
}

function difference(before: Entry | undefined, after: Entry, counts: (entry: Entry) => boolean): number {
  const one = (entry: Entry | undefined): number => (entry?.online === true && counts(entry) ? 1 : 0);
  return one(after) - one(before);
}

function isPerson({ kind }: Entry): boolean {
  return kind === "new" || kind === "person";
}

function isHost(entry: Entry): boolean {
  return entry.role === "host" && isPerson(entry);
}

function isDoubtful({ kind }: Entry): boolean {
  return kind === "doubtful";
}

function isDoubtfulHost({ kind, role }: Entry): boolean {
  return kind === "doubtful" && role === "host";
}

function isMaybe({ kind }: Entry): boolean {
  return kind === "maybe";
}

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
    flips = bothFlips(flips, channel.put(uid, entry, { nowMs, reason: event.reason }));
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
