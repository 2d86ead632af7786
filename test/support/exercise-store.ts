import { fastDurations, rebuildRecord } from "@autorec/domain";
import type { ChannelRef, SessionStore } from "@autorec/session-store";
import { attempt, joined, left, nothingElse, recorder, recording, sidFact } from "./session-store.ts";

const leaseMs = 30_000;
const shardCount = 16;

/** One channel in each shard, found by trying names. */
function channelPerShard(store: SessionStore): readonly ChannelRef[] {
  const found = new Map<number, ChannelRef>();
  for (let i = 0; found.size < shardCount; i += 1) {
    const ref = { appId: "app1", channelName: `room-${String(i)}` };
    if (!found.has(store.shardOf(ref))) found.set(store.shardOf(ref), ref);
  }
  return [...found.values()];
}

/**
 * Runs every script at least once in each of 16 shards, most of them twice in a row, and answers what each replied, without
 * the figures that no two runs share.
 */
export async function exerciseStore(store: SessionStore): Promise<readonly unknown[]> {
  const replies: unknown[] = [await store.ensureShardCount(shardCount)];
  for (const ref of channelPerShard(store)) replies.push(...(await exerciseChannel(store, ref)));
  const scope = { kind: "all" } as const;
  const thrown = await store.throwSwitch({ scope, mode: "holdStarts", reason: "test", author: "test" });
  replies.push(thrown.before?.mode, thrown.after.mode, (await store.liftSwitch("all", thrown.after)).kind);
  const { born = "" } = await store.readControl();
  replies.push(await store.restoreSwitches({ switches: [thrown.after], born, author: "test" }));
  for (const account of ["account {odd}", "b"]) replies.push(...(await exerciseQuota(store, account)));
  return replies;
}

async function exerciseQuota(store: SessionStore, account: string): Promise<readonly unknown[]> {
  const ref = { appId: "app1", channelName: "a:b" };
  const worker = {
    ref,
    n: 1,
    workers: 1,
    reserveMs: 1,
    isTakeover: false,
    priority: 1,
    waitingSinceMs: 1,
    retryMs: 9_000,
  };
  const start = { class: "start", requestsPerSecond: 1_000 } as const;
  return [
    (await store.takeRequest(account, start)).kind,
    await store.cutRequests(account),
    (await store.takeRequest(account, { ...start, worker })).kind,
    (await store.takeRequest(account, { ...start, worker: { ...worker, n: 2 } })).kind,
    await store.cutWorkers(account, worker),
    await store.holdWorkers(account, [{ ref, n: 1, holdMs: leaseMs }]).then(() => "held"),
    await store.expiredWorkers(account, 9),
    (await store.readQuota(account, { requestsPerSecond: 10, workers: 1 })).workersUsed,
  ];
}

async function exerciseChannel(store: SessionStore, ref: ChannelRef): Promise<readonly unknown[]> {
  const shard = store.shardOf(ref);
  const rebuild = { token: `rebuild-${String(shard)}`, leaseMs };
  const rebuilt = rebuildRecord({
    ref,
    attempts: [attempt(1, { st: "LIVE", resourceId: "res", sid: "sid", knownUids: [4_000_000_002] })],
    nowMs: 1,
    durations: fastDurations,
  });
  const claim = { token: `lease-${String(shard)}`, owner: "w", leaseMs };
  const replies: unknown[] = [
    (await store.claimOne(ref, claim)).kind,
    (await store.claimRebuild(shard, rebuild)).kind,
    (await store.claimRebuild(shard, { ...rebuild, token: "another" })).kind,
    await store.rebuildChannel(ref, { ...rebuild, record: rebuilt, rev: "1" }),
    await store.rebuildChannel(ref, { ...rebuild, record: rebuilt, rev: "1" }),
    await store.finishRebuild(shard, rebuild),
    (await store.claimRebuild(shard, rebuild)).kind,
  ];
  const events = [joined(7, 1), joined(8, 1), left(8, 2), joined(4_000_000_002, 1, recorder)];
  for (let twice = 0; twice < 2; twice += 1) {
    const applied = await store.applyPresence(ref, { events, hold: { partition: 3, offset: "9" } });
    replies.push({ ...applied, nowMs: 0 });
  }
  const list = { askedAtMs: Date.now() + 60_000, there: [7], gone: [] };
  replies.push({ ...(await store.confirmPresence(ref, list)), nowMs: 0 });
  const spread = { refs: [ref], revision: 1, firstMs: 0, stepMs: 0 };
  replies.push(await store.spreadDue(shard, spread), await store.spreadDue(shard, spread));
  replies.push(
    await store.highestHold(shard, 3),
    await store.releaseHolds(shard, 3, "9"),
    await store.releaseHolds(shard, 3, "9"),
    await store.announceRules(shard, "hash", leaseMs),
    await store.announceRules(shard, "hash", leaseMs),
    await store.fact(ref, sidFact(1)),
    await store.fact(ref, sidFact(1)),
  );
  const due = await store.claimDue(shard, { ...claim, max: 9 });
  const again = await store.claimDue(shard, { ...claim, max: 9 });
  if (due.kind !== "claimed" || again.kind !== "claimed") throw new Error(`shard ${String(shard)} is not ready`);
  replies.push(due.channels.length, again.channels.length);
  const [channel] = due.channels;
  if (channel === undefined) throw new Error(`${ref.channelName} is not due`);
  const { facts, presence, record } = channel.view;
  replies.push(presence.count, presence.hosts, facts.length, record.attempts);
  replies.push((await store.renew(ref, claim)).kind, (await store.renew(ref, { ...claim, token: "another" })).kind);
  const decision = {
    ...nothingElse,
    token: claim.token,
    expectedRev: channel.rev,
    before: record,
    after: recording(record, attempt(2, { knownUids: [4_000_000_004] })),
    consumedFacts: facts,
    snapshots: [attempt(2)],
  };
  replies.push((await store.commit(ref, decision)).kind, (await store.commit(ref, decision)).kind);
  replies.push(await store.release(ref, claim), await store.release(ref, claim));
  const relay = { token: "relay", leaseMs };
  replies.push(await store.claimRelay(shard, relay), await store.claimRelay(shard, { ...relay, token: "another" }));
  const entries = await store.outboxRead(shard, 9);
  const ids = entries.map(({ id }) => id);
  replies.push(entries.length, await store.outboxAck(shard, relay.token, ids), await store.outboxAck(shard, "x", ids));
  replies.push(await store.releaseRelay(shard, relay), await store.releaseRelay(shard, relay));
  const reading = await store.readChannel(ref);
  replies.push(reading?.view.record, await store.gc(ref, { tombstoneMs: 1 }));
  return [...replies, ...(await exerciseCollection(store, ref))];
}

/** A channel of which only an old leave is known goes. */
async function exerciseCollection(store: SessionStore, { appId }: ChannelRef): Promise<readonly unknown[]> {
  const ref = { appId, channelName: "over" };
  await store.applyPresence(ref, { events: [joined(7, 1), left(7, 2)] });
  await new Promise((resolve) => setTimeout(resolve, 5));
  return [await store.gc(ref, { tombstoneMs: 1 }), await store.gc(ref, { tombstoneMs: 1 })];
}
