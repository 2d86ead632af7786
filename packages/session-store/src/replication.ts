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
  options: { readonly markerKey: string; readonly monotonicMs: () => number },
): Replication {
  const links = new Map<Redis, Redis>();
  const linkOf = (node: Redis): Redis => {
    const known = links.get(node);
    if (known !== undefined) return known;
    const link = node.duplicate({ lazyConnect: false });
    link.on("error", () => undefined);
    links.set(node, link);
    return link;
  };
  let believed: { readonly atMs: number; readonly withReplica: readonly Redis[] } | undefined;

  const withReplica = async (): Promise<readonly Redis[]> => {
    const nowMs = options.monotonicMs();
    if (believed !== undefined && nowMs - believed.atMs < rolesMs) return believed.withReplica;
    const nodes = mastersOf(client);
    const infos = await Promise.all(nodes.map((node) => node.info("replication")));
    believed = { atMs: nowMs, withReplica: nodes.filter((_, i) => /^connected_slaves:[1-9]/m.test(infos[i] ?? "")) };
    return believed.withReplica;
  };

  return {
    async confirm() {
      try {
        const nodes = await withReplica();
        if (nodes.length === 0) return "no_replica";
        const counts = await Promise.all(nodes.map((node) => confirmOn(linkOf(node), options.markerKey)));
        return counts.every((count) => count > 0) ? "confirmed" : "unconfirmed";
      } catch (err) {
        throw toStoreError(err, "wait");
      }
    },
    async identity() {
      try {
        const names = await Promise.all(
          mastersOf(client).map(async (node) => {
            const [server, replication] = [await node.info("server"), await node.info("replication")];
            return `${field(server, "run_id")}/${field(replication, "master_replid")}`;
          }),
        );
        return names.sort().join(" ");
      } catch (err) {
        throw toStoreError(err, "info");
      }
    },
    close() {
      for (const link of links.values()) link.disconnect();
    },
  };
}

function mastersOf(client: RedisClient): readonly Redis[] {
  return client instanceof Cluster ? client.nodes("master") : [client];
}

/** WAIT asks about the writes of its own connection, so it makes one: the stream to a replica has one order. */
async function confirmOn(link: Redis, markerKey: string): Promise<number> {
  const replies = await link.pipeline().set(markerKey, "1", "PX", 60_000).wait(1, waitMs).exec();
  const [err, count] = replies?.[1] ?? [];
  if (err instanceof Error) throw err;
  return Number(count);
}

function field(info: string, name: string): string {
  return new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1] ?? "";
}
