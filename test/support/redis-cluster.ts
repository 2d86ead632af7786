import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { inject, vi } from "vitest";

const slotCount = 16_384;
/** Generous: other tests share the two cores. */
const patience = { timeout: 60_000, interval: 50 } as const;
const portTriesMax = 5;
const busOffset = 10_000;

/** One redis-server of its own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** A bare client for looking behind the store. */
  readonly admin: Redis;
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  /** Ends it, without its data. */
  close(): Promise<void>;
}

/** Starts the redis-server that a devstack without Docker uses, with nothing on disk. */
export async function startRedisServer(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  for (let tries = 1; ; tries += 1) {
    const server = await tryRedisServer(settings);
    if (server !== undefined) return server;
    if (tries === portTriesMax) throw new Error(`redis-server ended ${String(tries)} times before it answered`);
  }
}

/** Undefined when it ended before it answered: somebody else has taken one of its ports since they were found free. */
async function tryRedisServer(settings: Readonly<Record<string, string>>): Promise<RedisServer | undefined> {
  const command = inject("redisServer");
  if (command === "") throw new Error("no redis-server on the path, and none from Maven: this test needs one");
  const folder = await mkdtemp(join(tmpdir(), "autorec-redis-"));
  const port = await freePort();
  const all = { port: String(port), bind: "127.0.0.1", dir: folder, save: "", appendonly: "no", ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(command, args, { stdio: "ignore" });
  const url = `redis://127.0.0.1:${String(port)}`;
  const admin = new Redis(url, { protocol: 2, maxRetriesPerRequest: 0, retryStrategy: () => 50 });
  admin.on("error", () => undefined);
  const close = async (): Promise<void> => {
    admin.disconnect();
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  const isItself = async (): Promise<boolean> =>
    (await admin.info("server")).includes(`process_id:${String(child.pid)}\r\n`);
  const hasStarted = await vi.waitFor(async () => !hasEnded(child) && (await isItself()), patience);
  if (!hasStarted) {
    await close();
    return undefined;
  }
  return { port, url, admin, signal: (signal) => void child.kill(signal), close };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Three masters with all slots among them, and a replica of each where asked for. */
export interface RedisCluster {
  /** The masters of the beginning. */
  readonly servers: readonly RedisServer[];
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** The node that holds a key, or all keys with this hash tag. */
  masterOf(key: string): Promise<RedisServer>;
  /** Of a cluster that was started with replicas: the one of this master. */
  replicaOf(master: RedisServer): RedisServer;
  /** Moves a slot with all its keys to another master, as an operator does while clients work. */
  moveSlotOf(key: string): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when every node says that the cluster is whole, and every replica has what its master has. */
export async function startRedisCluster({ replicas: hasReplicas = false } = {}): Promise<RedisCluster> {
  const start = (): Promise<RedisServer> => startRedisServer({ "cluster-enabled": "yes", ...clusterSettings });
  const servers = await Promise.all([0, 1, 2].map(start));
  const replicas = await Promise.all(hasReplicas ? servers.map(start) : []);
  const [first, ...others] = [...servers, ...replicas];
  if (first === undefined) throw new Error("no server was started");
  for (const { port } of others) await first.admin.cluster("MEET", "127.0.0.1", port);
  for (const [i, { admin }] of servers.entries()) {
    const from = i * slotShare;
    const slots = Array.from({ length: Math.min(slotShare, slotCount - from) }, (_, j) => from + j);
    await admin.call("CLUSTER", "ADDSLOTS", ...slots);
  }
  await vi.waitFor(async () => {
    for (const { admin } of [first, ...others]) {
      const info = String(await admin.call("CLUSTER", "INFO"));
      const isWhole = info.includes(`cluster_known_nodes:${String(1 + others.length)}`);
      if (!info.includes("cluster_state:ok") || !isWhole) throw new Error(info);
    }
  }, patience);
  await Promise.all(replicas.map((replica, i) => follow(replica, servers[i])));
  return {
    servers,
    nodes: servers.map(({ port }) => ({ host: "127.0.0.1", port })),
    masterOf: async (key) => {
      const slot = Number(await first.admin.call("CLUSTER", "KEYSLOT", key));
      const owner = servers[Math.floor(slot / slotShare)];
      if (owner === undefined) throw new Error(`slot ${String(slot)} has no owner`);
      return owner;
    },
    replicaOf: (master) => {
      const replica = replicas[servers.indexOf(master)];
      if (replica === undefined) throw new Error("the cluster has no replica of this master");
      return replica;
    },
    moveSlotOf: (key) => moveSlotOf(servers, key),
    async close() {
      await Promise.all([...servers, ...replicas].map((server) => server.close()));
    },
  };
}

const slotShare = Math.ceil(slotCount / 3);
/** However old its data is, a replica may take over: tests cut it off from its master first. */
const clusterSettings = { "cluster-node-timeout": "5000", "cluster-replica-validity-factor": "0" } as const;

async function follow(replica: RedisServer, master: RedisServer | undefined): Promise<void> {
  const id = String(await master?.admin.call("CLUSTER", "MYID"));
  await replica.admin.call("CLUSTER", "REPLICATE", id);
  await vi.waitFor(async () => {
    const info = await replica.admin.info("replication");
    if (!info.includes("master_link_status:up")) throw new Error(info);
  }, patience);
}

/** From here on nothing that the master acknowledges reaches the replica, and nobody who uses the master notices. */
export async function cutReplication(master: RedisServer, replica: RedisServer): Promise<void> {
  // It stays in the cluster, and the master refuses each of its tries to follow on.
  // One at a time: Redis 6.2 takes no more.
  await replica.admin.config("SET", "masteruser", "nobody");
  await replica.admin.config("SET", "masterauth", "wrong");
  await master.admin.call("CLIENT", "KILL", "TYPE", "replica");
}

/** The replica becomes master of a node that is gone. */
export async function takeOver(replica: RedisServer): Promise<void> {
  await replica.admin.call("CLUSTER", "FAILOVER", "TAKEOVER");
  await vi.waitFor(async () => {
    const info = String(await replica.admin.call("CLUSTER", "INFO"));
    if (!info.includes("cluster_state:ok")) throw new Error(info);
  }, patience);
}

async function moveSlotOf(servers: readonly RedisServer[], key: string): Promise<void> {
  const slot = Number(await servers[0]?.admin.call("CLUSTER", "KEYSLOT", key));
  const owner = servers[Math.floor(slot / slotShare)];
  const heir = servers[(Math.floor(slot / slotShare) + 1) % servers.length];
  if (owner === undefined || heir === undefined) throw new Error(`slot ${String(slot)} has no owner`);
  const idOf = async ({ admin }: RedisServer): Promise<string> => String(await admin.call("CLUSTER", "MYID"));
  await heir.admin.call("CLUSTER", "SETSLOT", slot, "IMPORTING", await idOf(owner));
  await owner.admin.call("CLUSTER", "SETSLOT", slot, "MIGRATING", await idOf(heir));
  for (;;) {
    const keys = await owner.admin.call("CLUSTER", "GETKEYSINSLOT", slot, 100);
    if (!Array.isArray(keys) || keys.length === 0) break;
    await owner.admin.call("MIGRATE", "127.0.0.1", heir.port, "", 0, 5_000, "KEYS", ...keys.map(String));
  }
  for (const { admin } of [heir, owner]) await admin.call("CLUSTER", "SETSLOT", slot, "NODE", await idOf(heir));
}

/** Free now, and so is the cluster's own port, 10 000 above. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    if ((await isFree(port)) && (await isFree(port + busOffset))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const canListen = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (canListen) await new Promise((resolve) => server.close(resolve));
  return canListen;
}
