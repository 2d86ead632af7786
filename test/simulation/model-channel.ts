import type { ChannelRecord, ChannelView, PendingFact, PresenceSummary, SeenUid } from "@autorec/domain";
import { recordSchemaVersion } from "@autorec/domain";
import type { ChannelRef } from "@autorec/session-store";

/** What a uid is taken for. `new`: a person heard of once; `maybe`: perhaps a recorder that has moved. */
export type Kind = "new" | "person" | "bot" | "doubtful" | "maybe";

/** What is known of a uid. */
export interface Entry {
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
  #rev = 0;
  /** The revision as the replies have it; made once, since large numbers are slow to write out. */
  revText = "0";
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

  /** As it is now, whatever happens to this one. */
  copy(): ModelChannel {
    const copy = new ModelChannel(this.ref, this);
    const { entries, facts, gone, uids, ...plain } = this;
    Object.assign(copy, plain);
    copy.facts = new Map(facts);
    for (const [uid, entry] of entries) copy.entries.set(uid, entry);
    for (const [uid, attempt] of uids) copy.uids.set(uid, attempt);
    for (const [uid, atMs] of gone) copy.gone.set(uid, atMs);
    copy.#rev = this.#rev;
    copy.#emptied = this.#emptied;
    copy.#hostsEmptied = this.#hostsEmptied;
    return copy;
  }

  raiseRevision(nowMs: number): string {
    this.exists = true;
    return this.#setRevision(Math.max(this.#rev + 1, nowMs * 1_000));
  }

  /** As it was before a loss, if that is more. */
  restoreRevision(rev: number): void {
    if (rev > this.#rev) this.#setRevision(rev);
  }

  #setRevision(rev: number): string {
    this.#rev = rev;
    this.revText = String(rev);
    this.#view = undefined;
    return this.revText;
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
  put(uid: number, after: Entry, options: RecountOptions): Flips {
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

  #recount(before: Entry | undefined, after: Entry, { event, nowMs }: RecountOptions): Flips {
    const { count: countBefore, hosts: hostsBefore, doubtful, doubtfulHosts, maybe } = this;
    this.count += difference(before, after, isPerson);
    this.hosts += difference(before, after, isHost);
    this.doubtful += difference(before, after, isDoubtful);
    this.doubtfulHosts += difference(before, after, isDoubtfulHost);
    this.maybe += difference(before, after, isMaybe);
    if (this.doubtful > doubtful) this.doubtfulSinceMs = nowMs;
    const isSame = this.count === countBefore && this.hosts === hostsBefore && this.maybe === maybe;
    const moved = !isSame || this.doubtful !== doubtful || this.doubtfulHosts !== doubtfulHosts;
    const left = { sinceMs: nowMs, reason: event?.reason };
    if (countBefore === 0 && this.count > 0) this.#emptied = undefined;
    if (hostsBefore === 0 && this.hosts > 0) this.#hostsEmptied = undefined;
    const isEmptied = countBefore > 0 && this.count === 0;
    const isWithoutHosts = hostsBefore > 0 && this.hosts === 0;
    const isUndoubted = doubtful > 0 && this.doubtful === 0 && this.count === 0;
    const isUndoubtedOfHosts = doubtfulHosts > 0 && this.doubtfulHosts === 0 && this.hosts === 0;
    if (isEmptied || (isUndoubted && event !== undefined)) this.#emptied = left;
    if (isWithoutHosts || (isUndoubtedOfHosts && event !== undefined)) this.#hostsEmptied = left;
    const filled = (countBefore === 0 && this.count > 0) || (hostsBefore === 0 && this.hosts > 0);
    const emptied = isEmptied || isWithoutHosts || isUndoubted || isUndoubtedOfHosts;
    return { moved, filled, flipped: filled || emptied || this.maybe !== maybe };
  }
}

function seenUid(entry: Entry | undefined): SeenUid {
  return entry?.online === true ? { online: true, joinedAtMs: entry.atMs } : { online: false };
}

/** `event`: says what has changed of this uid; without one, something else does. */
interface RecountOptions {
  readonly nowMs: number;
  readonly event?: { readonly reason?: number | undefined };
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

/** Certain, and no recorder. */
export function isPerson({ kind }: Entry): boolean {
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
