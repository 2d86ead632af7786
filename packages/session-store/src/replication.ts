import { Cluster, type Redis } from "ioredis";
import type { RedisClient } from "./redis-client.ts";
import { toStoreError } from "./store-error.ts";

/** `no_replica`: there is nothing to wait for; `unconfirmed`: no replica had it in time. */
export type Replicated = "confirmed" | "unconfirmed" | "no_replica";

/** How long a replica may take; a batch of events waits no longer for one that lags. */
const waitMs = 100;
/** How long an answer about the replicas is believed. */
const rolesMs = 5_000;

/** What is known of the copies of this Redis. */
export interface Replication {
  /** Whether a replica of every node that has one holds everything written before the call. */
  confirm(): Promise<Replicated>;
  /** Names the process and the history of every master: another name = acknowledged writes may have been lost. */
  identity(): Promise<string>;
  close(): void;
}

/** Nothing is asked before it is needed; each node gets a connection of its own, since WAIT holds up whatever follows it. */
export function openReplication(
  client: RedisClient,
  options: { readonly markerKeys: readonly string[]; readonly monotonicMs: () => number },
): Replication {
  const links = new MarkedLinks(options.markerKeys);
  let believed: { readonly atMs: number; readonly withReplica: readonly Redis[] } | undefined;

  const withReplica = async (): Promise<readonly Redis[]> => {
    const nowMs = options.monotonicMs();
    if (believed !== undefined && nowMs - believed.atMs < rolesMs) return believed.withReplica;
    const nodes = mastersOf(client);
    links.keepOnly(nodes);
    const infos = await Promise.all(nodes.map((node) => node.info("replication")));
    believed = { atMs: nowMs, withReplica: nodes.filter((_, i) => /^connected_slaves:[1-9]/m.test(infos[i] ?? "")) };
    return believed.withReplica;
  };

  return {
    async confirm() {
      try {
        const nodes = await withReplica();
        if (nodes.length === 0) return "no_replica";
        const answers = await Promise.all(nodes.map((node) => links.hasReplicated(node)));
        return answers.every(Boolean) ? "confirmed" : "unconfirmed";
      } catch (err) {
        throw toStoreError(err, "wait");
      }
    },
    async identity() {
      try {
        const names = await Promise.all(
          mastersOf(client).map(async (node) => {
            const [server, replication] = await Promise.all([node.info("server"), node.info("replication")]);
            return `${field(server, "run_id")}/${field(replication, "master_replid")}`;
          }),
        );
        return names.sort().join(" ");
      } catch (err) {
        throw toStoreError(err, "info");
      }
    },
    close() {
      links.keepOnly([]);
    },
  };
}

/** A connection to each node, for WAIT alone, and a key of ours that lies there. */
class MarkedLinks {
  readonly #markerKeys: readonly string[];
  readonly #links = new Map<Redis, Redis>();
  /** None of them may lie there, while slots move. */
  readonly #markers = new Map<Redis, readonly string[]>();

  constructor(markerKeys: readonly string[]) {
    this.#markerKeys = markerKeys;
  }

  /** Whether a replica of the node holds everything written before the call. */
  async hasReplicated(node: Redis): Promise<boolean> {
    const known = this.#markers.get(node);
    const marked = await mark(this.#linkTo(node), known ?? this.#markerKeys);
    const moved = marked.here.length === 0 && known !== undefined;
    const { here, isReplicated } = moved ? await mark(this.#linkTo(node), this.#markerKeys) : marked;
    this.#markers.set(node, here.length === 0 ? this.#markerKeys : here.slice(0, 1));
    return isReplicated;
  }

  /** Who has left is not asked again, and its connection would be tried for as long as the process lives. */
  keepOnly(nodes: readonly Redis[]): void {
    for (const [node, link] of this.#links) {
      if (nodes.includes(node)) continue;
      link.disconnect();
      this.#links.delete(node);
      this.#markers.delete(node);
    }
  }

  #linkTo(node: Redis): Redis {
    const known = this.#links.get(node);
    if (known !== undefined) return known;
    const link = node.duplicate({ lazyConnect: false });
    link.on("error", () => undefined);
    this.#links.set(node, link);
    return link;
  }
}

function mastersOf(client: RedisClient): readonly Redis[] {
  return client instanceof Cluster ? client.nodes("master") : [client];
}

/**
 * WAIT asks about the writes of its own connection, so it makes one: the stream to a replica has one order. A write that was
 * refused would ask about nothing; where no key of ours lies, there is nothing to ask about.
 */
async function mark(
  link: Redis,
  keys: readonly string[],
): Promise<{ readonly here: readonly string[]; readonly isReplicated: boolean }> {
  const pipeline = link.pipeline();
  for (const key of keys) pipeline.set(key, "1", "PX", 60_000);
  const replies = (await pipeline.wait(1, waitMs).exec()) ?? [];
  const [err, count] = replies.at(-1) ?? [];
  if (err instanceof Error) throw err;
  const here = keys.filter((_, i) => !(replies[i]?.[0] instanceof Error));
  const isElsewhere = keys.every((_, i) => /^(MOVED|ASK|TRYAGAIN)/.test(replies[i]?.[0]?.message ?? ""));
  return { here, isReplicated: isElsewhere || (here.length > 0 && Number(count) > 0) };
}

function field(info: string, name: string): string {
  return new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1] ?? "";
}
