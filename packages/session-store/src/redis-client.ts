import { Cluster, Redis, type RedisOptions } from "ioredis";

/** How to reach Redis: a URL (`redis[s]://user:password@host:port/db`), or its parts. */
export type RedisAddress =
  | { readonly url: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly db?: number;
      /** ACL user; absent = the default user. */
      readonly username?: string | undefined;
      readonly password?: string | undefined;
    };

/** How to reach Redis and how long to wait for it. */
export interface RedisClientOptions {
  readonly redis: RedisAddress;
  /** Present = TLS; `ca`: certificates to trust (PEM) instead of the system's. A `rediss:` URL means TLS too. */
  readonly tls?: { readonly ca?: string } | undefined;
  /** Present = a Redis Cluster, found through any of these nodes; the address then says the login alone. */
  readonly nodes?: readonly { readonly host: string; readonly port: number }[] | undefined;
  /** A command without an answer after this is given up; its effect is unknown. */
  readonly commandTimeoutMs?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** Told when the connection fails; the client goes on trying by itself. */
  readonly onConnectionError?: ((err: Error) => void) | undefined;
}

/** The client library; which of the two kinds is nobody else's business. */
export type RedisClient = Redis | Cluster;

const reconnectDelayMsMax = 1_000;
/** A replica that has become master is known after this, also when no node is left to say MOVED (ms). */
const slotsRefreshInterval = 2_000;

/** Opens a client that never sends a command twice: a command lost in flight is the caller's to repeat. */
export function openRedisClient(options: RedisClientOptions): RedisClient {
  const address = partsOf(options.redis);
  const tls = options.tls ?? (address.secure ? {} : undefined);
  const connection = {
    // RESP2: the scripts answer with strings and arrays only, which RESP3 carries no better, and without HELLO the same
    // bytes work on Redis 6.2, 7, 8 and through proxies.
    protocol: 2,
    commandTimeout: options.commandTimeoutMs ?? 3_000,
    connectTimeout: options.connectTimeoutMs ?? 3_000,
    autoResendUnfulfilledCommands: false,
    // 0: commands in flight are rejected when the connection closes. With more, ioredis drops them without a word as soon
    // as it is connected again, and only the command timeout ends the wait.
    maxRetriesPerRequest: 0,
    // The old master answers READONLY after a failover: look for the new one.
    reconnectOnError: (err: Error) => err.message.includes("READONLY"),
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(tls === undefined ? {} : { tls }),
  } satisfies RedisOptions;
  // Commands given while a connection is being made wait for that one try, at most the command timeout.
  const client =
    options.nodes !== undefined
      ? new Cluster([...options.nodes], {
          enableOfflineQueue: true,
          clusterRetryStrategy: reconnectDelayMs,
          // 0: a command that was in flight when its node went away is rejected like one of a single Redis. Answers that say
          // "not executed" (MOVED, ASK, TRYAGAIN, CLUSTERDOWN) are followed by the client, which sends nothing twice either.
          retryDelayOnFailover: 0,
          slotsRefreshInterval,
          redisOptions: connection,
        })
      : new Redis({
          ...connection,
          host: address.host,
          port: address.port,
          db: address.db,
          enableOfflineQueue: true,
          retryStrategy: reconnectDelayMs,
        });
  client.on("error", (err: Error) => options.onConnectionError?.(err));
  return client;
}

/** Ends the client; answers that are under way are waited for only while the connection works. */
export async function closeRedisClient(client: RedisClient): Promise<void> {
  if (client.status === "ready") {
    try {
      await client.quit();
      return;
    } catch {
      // The connection broke while it was being closed: nothing is left to wait for.
    }
  }
  client.disconnect();
}

function reconnectDelayMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times - 1, 10), reconnectDelayMsMax);
}

interface AddressParts {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly secure: boolean;
}

function partsOf(address: RedisAddress): AddressParts {
  if (!("url" in address)) {
    return { db: 0, secure: false, ...address, username: address.username, password: address.password };
  }
  // The text of the URL stays out of the error: it may hold a password.
  if (!/^rediss?:\/\//.test(address.url) || !URL.canParse(address.url)) {
    throw new TypeError("the Redis URL must have the form redis[s]://[user[:password]@]host[:port][/db]");
  }
  const url = new URL(address.url);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 6379 : Number(url.port),
    db: Number(url.pathname.slice(1)),
    username: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
    secure: url.protocol === "rediss:",
  };
}
