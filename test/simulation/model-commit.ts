import type { Attempt, PendingFact } from "@autorec/domain";
import type { SessionStore } from "@autorec/session-store";
import { bothFlips, noFlips } from "./model-channel.ts";
import type { Flips, ModelChannel } from "./model-channel.ts";
import { claimedChannel } from "./model-claims.ts";
import type { Place } from "./model-keys.ts";
import { applyMarks } from "./model-marks.ts";

type Order = Parameters<SessionStore["commit"]>[1];
type Reply = Awaited<ReturnType<SessionStore["commit"]>>;

/** S5. */
export function commit(place: Place, options: Order, nowMs: number): Reply {
  const { channel, shard } = place;
  const { member, ref } = channel;
  const lease = channel.liveLease(nowMs);
  if (lease?.token !== options.token) return { kind: "lost", nowMs };
  if (channel.revText !== options.expectedRev) {
    return { kind: "conflict", channel: claimedChannel(place, lease.untilMs, nowMs) };
  }
  const rev = channel.raiseRevision(nowMs);
  const removed = storeRecord(channel, options);
  const flips = bothFlips(ownUids(channel, options, nowMs), applyMarks(channel, options.marks ?? [], nowMs));
  if (flips.moved) channel.raiseRevision(nowMs);
  for (const uid of removed.flatMap(uidsOf)) if (channel.entries.get(uid)?.online !== true) channel.uids.delete(uid);
  const removedAttempts = removed.map((attempt) => attempt.n);
  shard.outbox.tell({ ref, rev, lifecycle: options.lifecycle, snapshots: options.snapshots, removedAttempts });
  if (!options.release) {
    shard.due.set(member, lease.untilMs + 1_000);
    return { kind: "ok", rev, nowMs };
  }
  channel.lease = undefined;
  if (flips.flipped || shard.rulesChangedAtMs >= lease.atMs) shard.due.set(member, nowMs);
  else if (options.dueAtMs === undefined) shard.due.delete(member);
  else shard.due.set(member, Math.max(0, Math.ceil(options.dueAtMs)));
  return { kind: "ok", rev, nowMs };
}

/** The field that a fact is stored in: one that says the same is stored once. */
export function factField(fact: PendingFact): string {
  const named = fact.kind === "newUid" ? fact.newUid : fact.sid;
  return `${String(fact.n)}.${fact.kind}.${String(named ?? fact.resourceId ?? "-")}`;
}

/** Every uid that an attempt is known to have had. */
export function uidsOf(attempt: Attempt): readonly number[] {
  return [attempt.uid, ...attempt.knownUids];
}

/** Answers the attempts that are no longer there. */
function storeRecord(channel: ModelChannel, options: Order): Attempt[] {
  const { before, after, removedAttempts = [], consumedFacts } = options;
  const kept = Object.entries(after.attempts).filter(([, attempt]) => !removedAttempts.includes(attempt.n));
  channel.store(removedAttempts.length === 0 ? after : { ...after, attempts: Object.fromEntries(kept) });
  for (const fact of consumedFacts) channel.facts.delete(factField(fact));
  const { attempts } = channel.record;
  return Object.values(before.attempts).filter((attempt) => attempts[attempt.n] === undefined);
}

function ownUids(channel: ModelChannel, { after, before }: Order, nowMs: number): Flips {
  let flips = noFlips;
  for (const [uid, n] of newUids(before.attempts, after.attempts))
    flips = bothFlips(flips, channel.ownUid(uid, n, nowMs));
  return flips;
}

function* newUids(
  before: Readonly<Record<number, Attempt>>,
  after: Readonly<Record<number, Attempt>>,
): Generator<readonly [number, number]> {
  for (const attempt of Object.values(after)) {
    const old = before[attempt.n];
    if (old === attempt) continue;
    const known = new Set(old === undefined ? [] : uidsOf(old));
    for (const uid of uidsOf(attempt)) if (!known.has(uid)) yield [uid, attempt.n];
  }
}
