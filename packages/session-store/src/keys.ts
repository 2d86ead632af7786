import { type ChannelRef, memberOf, shardOfMember } from "./channel-ref.ts";

/** Keys of one shard; the first braces of a key are its hash tag, so all of them lie in one cluster slot. */
export interface ShardKeys {
  readonly shard: number;
  readonly ready: string;
  readonly rebuild: string;
  readonly lostSince: string;
  readonly due: string;
  readonly index: string;
  readonly outbox: string;
  readonly relay: string;
  readonly rules: string;
  readonly rulesChangedAt: string;
  /** Up to which revision of the operators' switches the channels of the shard were made due. */
  readonly controlSeen: string;
  claims(token: string): string;
  holds(partition: number): string;
}

/** Keys of one channel, beside those of its shard. */
export interface ChannelKeys extends ShardKeys {
  readonly member: string;
  readonly channel: string;
  readonly presence: string;
  readonly uids: string;
  readonly gone: string;
}

/** Keys of an account's request budget; they share the account's tag, not a shard's. */
export interface RequestKeys {
  readonly sent: string;
  readonly classes: string;
  readonly cut: string;
}

/** Keys of an account's ledger of workers; the same tag as its budget. */
export interface WorkerKeys {
  readonly workers: string;
  readonly waiting: string;
  readonly asked: string;
  readonly cut: string;
}

/** Keys of the operators' switches; they share a tag of their own. */
export interface ControlKeys {
  readonly switches: string;
  readonly audit: string;
}

/** Every key of a deployment. The prefix stands outside the tag: `autorec:ch:{3}:<appId>:<channelName>`. */
export interface KeySpace {
  readonly shardCount: number;
  readonly shardCountKey: string;
  /** Which Redis was seen last. */
  readonly serverKey: string;
  /** Written only to see it arrive at the replicas: one beside each shard and the switches, so that every node has its own. */
  readonly markerKeys: readonly string[];
  readonly control: ControlKeys;
  shard(shard: number): ShardKeys;
  channel(ref: ChannelRef): ChannelKeys;
  requests(account: string): RequestKeys;
  workers(account: string): WorkerKeys;
}

/** The keys below a prefix; throws a TypeError when the prefix would move the hash tag or the count is impossible. */
export function openKeySpace(prefix: string, shardCount: number): KeySpace {
  if (!/^[\w.:-]+$/.test(prefix)) {
    throw new TypeError(`key prefix "${prefix}" must be letters, digits or _ . : - (braces would move the hash tag)`);
  }
  if (!Number.isInteger(shardCount) || shardCount < 1 || shardCount > 16_384) {
    throw new TypeError(`shard count ${shardCount} must be an integer from 1 to 16384`);
  }
  const shards = Array.from({ length: shardCount }, (_, shard) => shardKeys(prefix, shard));
  const shardAt = (shard: number): ShardKeys => {
    const keys = shards[shard];
    if (keys === undefined) throw new RangeError(`shard ${shard} must be an integer from 0 to ${shardCount - 1}`);
    return keys;
  };
  return {
    shardCount,
    shardCountKey: `${prefix}:shards`,
    serverKey: `${prefix}:server`,
    markerKeys: [...shards.map(({ shard }) => String(shard)), "control"].map((tag) => `${prefix}:written:{${tag}}`),
    control: { switches: `${prefix}:control:{control}`, audit: `${prefix}:control-audit:{control}` },
    shard: shardAt,
    channel: (ref) => {
      const member = memberOf(ref);
      const shard = shardAt(shardOfMember(member, shardCount));
      const key = (family: string): string => `${prefix}:${family}:{${shard.shard}}:${member}`;
      return { ...shard, member, channel: key("ch"), presence: key("pr"), uids: key("uids"), gone: key("gone") };
    },
    // The account may hold anything, braces too: the tag must not end early, or accounts would share a slot for nothing.
    requests: (account) => {
      const sent = `${prefix}:qps:{${encodeURIComponent(account)}}`;
      return { sent, classes: `${sent}:classes`, cut: `${sent}:cut` };
    },
    workers: (account) => {
      const workers = `${prefix}:workers:{${encodeURIComponent(account)}}`;
      return { workers, waiting: `${workers}:waiting`, asked: `${workers}:asked`, cut: `${workers}:cut` };
    },
  };
}

function shardKeys(prefix: string, shard: number): ShardKeys {
  const key = (family: string): string => `${prefix}:${family}:{${shard}}`;
  return {
    shard,
    ready: key("ready"),
    rebuild: key("rebuild"),
    lostSince: key("lost-at"),
    due: key("due"),
    index: key("idx"),
    outbox: key("out"),
    relay: key("relay"),
    rules: key("rules"),
    rulesChangedAt: key("rules-at"),
    controlSeen: key("control-seen"),
    claims: (token) => `${key("claims")}:${token}`,
    holds: (partition) => `${key("holds")}:${partition}`,
  };
}
