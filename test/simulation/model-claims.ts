import type { ClaimedChannel, SessionStore } from "@autorec/session-store";
import type { ModelKeys, Place } from "./model-keys.ts";

type Args<Name extends keyof SessionStore> = Parameters<SessionStore[Name]>;
type Reply<Name extends keyof SessionStore> = Awaited<ReturnType<SessionStore[Name]>>;

/** S3, and what S1 and S2 grant: `claims` remembers the claims of a round, whose reply may be lost. */
export function claimChannel(
  place: Place,
  options: Args<"claimOne">[1] & { readonly claims?: Map<string, Set<string>> },
  nowMs: number,
): Reply<"claimOne"> {
  const { channel, shard } = place;
  const { member } = channel;
  if (!shard.readiness.isReady) return { kind: "not_ready" };
  const lease = channel.liveLease(nowMs);
  if (lease?.token === options.token) return { kind: "claimed", channel: claimedChannel(place, lease.untilMs, nowMs) };
  const dueAtMs = shard.due.get(member);
  const isDue = dueAtMs !== undefined && dueAtMs <= nowMs;
  if (lease !== undefined) {
    if (isDue) shard.due.set(member, lease.untilMs + 1_000);
    return { kind: "busy" };
  }
  if (!isDue) return { kind: "not_due" };
  const untilMs = nowMs + options.leaseMs;
  channel.fence = Math.max(channel.fence + 1, nowMs * 1_000);
  channel.lease = { token: options.token, owner: options.owner, atMs: nowMs, untilMs };
  shard.due.set(member, untilMs + 1_000);
  if (options.claims !== undefined) {
    const claims = options.claims.get(options.token) ?? new Set();
    options.claims.set(options.token, claims.add(member));
  }
  return { kind: "claimed", channel: claimedChannel(place, untilMs, nowMs) };
}

/** S2: the channels of a shard that are due longest, or those that the same token was given before. */
export function claimDue(keys: ModelKeys, [index, options]: Args<"claimDue">, nowMs: number): Reply<"claimDue"> {
  const shard = keys.shard(index);
  if (!shard.readiness.isReady) return { kind: "not_ready", nowMs };
  const repeated = [...(shard.claims.get(options.token) ?? [])];
  const due = [...shard.due].filter(([, atMs]) => atMs <= nowMs).sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  const members = repeated.length > 0 ? repeated : due.map(([member]) => member).slice(0, options.max);
  const channels = members.flatMap((member) => {
    const channel = keys.channelOf(member);
    if (channel === undefined) return [];
    const claim = claimChannel({ channel, shard }, { ...options, claims: shard.claims }, nowMs);
    return claim.kind === "claimed" ? [claim.channel] : [];
  });
  return { kind: "claimed", channels, unreadable: [], nowMs };
}

/** What its holder is told of a channel. */
export function claimedChannel({ channel, shard }: Place, leaseUntilMs: number, nowMs: number): ClaimedChannel {
  return {
    ref: channel.ref,
    view: channel.view(),
    rev: channel.revText,
    fence: String(channel.fence),
    leaseUntilMs,
    nowMs,
    liveRuleHashes: [...shard.rules.keys()],
  };
}
