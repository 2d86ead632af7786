import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { vi } from "vitest";

const slotCount = 16_384;
/** Generous: other tests share the two cores. */
const patience = { timeout: 60_000, interval: 50 } as const;

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

/** Starts the redis-server on the path, the one that a devstack without Docker uses, with nothing on disk. */
export async function startRedisServer(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "autorec-redis-"));
  const port = await freePort();
  const all = { port: String(port), bind: "127.0.0.1", dir: folder, save: "", appendonly: "no", ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn("redis-server", args, { stdio: "ignore" });
  const url = `redis://127.0.0.1:${String(port)}`;
  const admin = new Redis(url, { protocol: 2, maxRetriesPerRequest: 0, retryStrategy: () => 50 });
  admin.on("error", () => undefined);
  await vi.waitFor(() => admin.ping(), patience);
  return {
    port,
    url,
    admin,
    signal: (signal) => void child.kill(signal),
    async close() {
      admin.disconnect();
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Three masters with all slots among them. */
export interface RedisCluster {
  readonly servers: readonly RedisServer[];
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** The node that holds a key, or all keys with this hash tag. */
  masterOf(key: string): Promise<RedisServer>;
  /** Moves a slot with all its keys to another master, as an operator does while clients work. */
  moveSlotOf(key: string): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when every node says that the cluster is whole. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const servers = await Promise.all(
    [0, 1, 2].map(() => startRedisServer({ "cluster-enabled": "yes", "cluster-node-timeout": "5000" })),
  );
  const [first, ...others] = servers;
  if (first === undefined) throw new Error("no server was started");
  for (const { port } of others) await first.admin.cluster("MEET", "127.0.0.1", port);
  const share = Math.ceil(slotCount / servers.length);
  for (const [i, { admin }] of servers.entries()) {
    const from = i * share;
    const slots = Array.from({ length: Math.min(share, slotCount - from) }, (_, j) => from + j);
    await admin.call("CLUSTER", "ADDSLOTS", ...slots);
  }
  await vi.waitFor(async () => {
    for (const { admin } of servers) {
      const info = String(await admin.call("CLUSTER", "INFO"));
      if (!info.includes("cluster_state:ok") || !info.includes("cluster_known_nodes:3")) throw new Error(info);
    }
  }, patience);
  return {
    servers,
    nodes: servers.map(({ port }) => ({ host: "127.0.0.1", port })),
    masterOf: async (key) => {
      const slot = Number(await first.admin.call("CLUSTER", "KEYSLOT", key));
      const owner = servers[Math.floor(slot / share)];
      if (owner === undefined) throw new Error(`slot ${String(slot)} has no owner`);
      return owner;
    },
    moveSlotOf: (key) => moveSlotOf(servers, key),
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

async function moveSlotOf(servers: readonly RedisServer[], key: string): Promise<void> {
  const slot = Number(await servers[0]?.admin.call("CLUSTER", "KEYSLOT", key));
  const share = Math.ceil(slotCount / servers.length);
  const owner = servers[Math.floor(slot / share)];
  const heir = servers[(Math.floor(slot / share) + 1) % servers.length];
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

/** Free now, and low enough that the cluster's own port, 10 000 above, exists too. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    server.close();
    if (isFree) return port;
  }
}
