import { onTestFinished } from "vitest";
import { startTcpProxy } from "./tcp-proxy.ts";
import type { TcpProxy } from "./tcp-proxy.ts";

/** A way to Redis that a test can cut. */
export interface RedisProxy extends Pick<TcpProxy, "cut" | "mend"> {
  readonly url: string;
  /** Leads new connections elsewhere, as an address does that follows a failover. */
  aim(target: string): void;
}

/** Listens until the test ends. */
export async function openRedisProxy(target: string): Promise<RedisProxy> {
  const proxy = await startRedisProxy(target);
  onTestFinished(() => {
    proxy.close();
  });
  return proxy;
}

/** Listens until it is closed. */
export async function startRedisProxy(target: string): Promise<RedisProxy & Pick<TcpProxy, "close">> {
  const proxy = await startTcpProxy(new URL(target));
  return {
    ...proxy,
    url: `redis://127.0.0.1:${String(proxy.port)}`,
    aim: (next) => {
      proxy.aim(new URL(next));
    },
  };
}
