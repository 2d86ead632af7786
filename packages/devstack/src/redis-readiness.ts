import { Redis } from "ioredis";
import { DevstackError } from "./devstack-error.ts";
import { isNewEnoughRedis } from "./system-tools.ts";
import { untilAnswers } from "./with-limit.ts";

/** What makes an answer count. */
export interface ExpectedRedis {
  readonly limitMs: number;
  /** The process that must answer; another Redis at the same address is an error. */
  readonly pid?: number;
  /** Throws when waiting has become useless. */
  readonly requireAlive?: () => void;
  /** Ends the waiting early: rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Waits until Redis answers PING and answers with its version; rejects one older than 6.2. */
export async function untilRedisAnswers(url: string, expected: ExpectedRedis): Promise<string> {
  const probe = async (): Promise<string> => {
    expected.requireAlive?.();
    return askRedis(url, expected.pid);
  };
  const { limitMs, signal } = expected;
  return untilAnswers(probe, { limitMs, what: `Redis at ${withoutPassword(url)}`, signal });
}

/** The address as it may be printed. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//***@");
}

async function askRedis(url: string, pid: number | undefined): Promise<string> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => undefined,
  });
  // The failure arrives at the caller as a rejection; without a listener ioredis prints it as well.
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    const info = await redis.info("server");
    const version = /redis_version:(\S+)/.exec(info)?.[1] ?? "0.0";
    if (!isNewEnoughRedis(version)) {
      throw new DevstackError(`Redis ${version} answers at ${withoutPassword(url)}, but 6.2 or newer is needed`);
    }
    if (pid !== undefined && Number(/process_id:(\d+)/.exec(info)?.[1]) !== pid) {
      throw new DevstackError(`another Redis answers at ${withoutPassword(url)}`);
    }
    return version;
  } finally {
    redis.disconnect();
  }
}
