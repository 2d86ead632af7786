import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cachedFolder, defaultCacheRoot } from "./cached-folder.ts";
import { DevstackError, messageOf } from "./devstack-error.ts";
import { requireDiskSpace } from "./disk-space.ts";
import { withPortRetries } from "./free-port.ts";
import { copyArtifacts } from "./maven-artifacts.ts";
import { untilRedisAnswers } from "./redis-readiness.ts";
import type { RunningService } from "./running-service.ts";
import type { StartContext } from "./start-context.ts";
import { startSupervisor } from "./supervisor.ts";
import type { RunningProgram } from "./supervisor.ts";
import { findRedisServer, hasMaven } from "./system-tools.ts";
import { zipEntry } from "./zip-entry.ts";

/**
 * A Redis on this machine: from the path, from Maven Central, or (only when allowed) from the package manager. A lasting
 * one has its data again when it is stopped and started.
 */
export async function startLocalRedis(context: StartContext, isLasting: boolean): Promise<RunningService> {
  const { supervisor, signal } = context;
  await requireDiskSpace(supervisor.folder, dataMiB, "TMPDIR");
  const { command, origin } = await redisServer(context);
  const data = join(supervisor.folder, "redis");
  mkdirSync(data, { recursive: true });
  return withPortRetries(async (port) => {
    const appendonly = isLasting ? "yes" : "no";
    const settings = { port: `${port}`, bind: "127.0.0.1", dir: data, save: "", appendonly, daemonize: "no" };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const address = `redis://127.0.0.1:${port}`;
    let program: RunningProgram | undefined;
    const start = async (): Promise<string> => {
      program = await supervisor.run({ name: "redis", command, args });
      return untilRedisAnswers(address, { limitMs: startLimitMs, signal, ...program });
    };
    const version = await start();
    return {
      address,
      describe: `Redis ${version} ${origin}, port ${port}`,
      power: {
        stop: async () => program?.halt(stopPatienceMs),
        start: async () => {
          await start();
        },
      },
    };
  });
}

/**
 * The redis-server of this machine that a devstack without Docker starts, for whoever needs several: from the path, from Maven
 * Central, or (only when allowed) from the package manager.
 * @throws DevstackError that says what is missing
 */
export async function redisServerCommand({ env, log }: Pick<StartContext, "env" | "log">): Promise<string> {
  const supervisor = await startSupervisor();
  try {
    return (await redisServer({ supervisor, env, log, signal: new AbortController().signal })).command;
  } finally {
    await supervisor.end();
  }
}

const dataMiB = 32;
const startLimitMs = 15_000;
const stopPatienceMs = 10_000;

interface RedisServer {
  readonly command: string;
  readonly origin: string;
}

async function redisServer(context: StartContext): Promise<RedisServer> {
  const onPath = await findRedisServer(context);
  if (onPath !== undefined) return { command: onPath.command, origin: "from the path" };
  try {
    return { command: await redisOfMaven(context), origin: "from Maven Central" };
  } catch (err) {
    context.signal.throwIfAborted();
    if (context.env["AUTOREC_INSTALL"] !== "1") {
      throw new DevstackError(`no redis-server 6.2 or newer on the path, and ${messageOf(err)}`, { cause: err });
    }
  }
  await installRedis(context);
  const installed = await findRedisServer(context);
  if (installed === undefined) throw new DevstackError("the package manager brought no redis-server 6.2 or newer");
  return { command: installed.command, origin: "from the package manager" };
}

const embeddedRedis = { group: "com.github.codemonstur", name: "embedded-redis", version: "1.4.3" };

/** Binaries inside the artifact, by platform and architecture as Node names them. */
const embeddedBinaries: Readonly<Record<string, string>> = {
  "linux-x64": "redis-server-6.2.6-v5-linux-amd64",
  "linux-arm64": "redis-server-6.2.7-linux-arm64",
  "linux-ia32": "redis-server-6.2.7-linux-386",
  "darwin-x64": "redis-server-6.2.6-v5-darwin-amd64",
  "darwin-arm64": "redis-server-6.2.6-v5-darwin-arm64",
};

async function redisOfMaven(context: StartContext): Promise<string> {
  const { supervisor, env, log } = context;
  const platform = `${process.platform}-${process.arch}`;
  const binary = embeddedBinaries[platform];
  if (binary === undefined) throw new DevstackError(`Maven Central has no Redis for ${platform}`);
  const cacheRoot = defaultCacheRoot(env);
  const folder = await cachedFolder({
    cacheRoot,
    name: `embedded-redis-${embeddedRedis.version}`,
    log,
    make: async (into) => {
      if (!(await hasMaven(context))) throw new DevstackError("no Maven found (mvn -version) to download Redis with");
      await requireDiskSpace(cacheRoot, dataMiB, "XDG_CACHE_HOME");
      log("downloading Redis 6.2 from Maven Central (12 MB, once)");
      const jars = join(supervisor.folder, "embedded-redis");
      await copyArtifacts(supervisor, [embeddedRedis], jars);
      const jar = readFileSync(join(jars, `${embeddedRedis.name}-${embeddedRedis.version}.jar`));
      writeFileSync(join(into, "redis-server"), zipEntry(jar, binary));
    },
  });
  const command = join(folder, "redis-server");
  chmodSync(command, 0o755);
  return command;
}

/** The package managers of the systems we know, in the order in which they are looked for. */
const installers = [
  ["apt-get", "install", "-y", "--no-install-recommends", "redis-server"],
  ["apk", "add", "redis"],
  ["dnf", "install", "-y", "redis"],
  ["brew", "install", "redis"],
] as const;

async function installRedis({ env, log, signal }: StartContext): Promise<void> {
  const options = { env, timeout: installLimitMs, signal };
  const reasons: string[] = [];
  for (const [command, ...args] of installers) {
    try {
      log(`AUTOREC_INSTALL=1: ${command} ${args.join(" ")}`);
      if (command === "apt-get") await promisify(execFile)(command, ["update"], options);
      await promisify(execFile)(command, args, options);
      return;
    } catch (err) {
      signal.throwIfAborted();
      reasons.push(`${command}: ${messageOf(err)}`);
    }
  }
  throw new DevstackError(`Redis could not be installed: ${reasons.join("; ")}`);
}

const installLimitMs = 300_000;
