import { once } from "node:events";
import { createServer, connect } from "node:net";
import type { Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A way to Redis that a test can cut: open connections break at once and new ones are refused until it is mended. */
export interface RedisProxy {
  readonly url: string;
  cut(): void;
  mend(): void;
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
export async function startRedisProxy(target: string): Promise<RedisProxy & { close(): void }> {
  let far = new URL(target);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const distant = connect(Number(far.port), far.hostname);
    for (const socket of [near, distant]) {
      sockets.add(socket);
      // The other end sees the break as a closed connection.
      socket.on("error", () => undefined);
      socket.once("close", () => {
        sockets.delete(socket);
        near.destroy();
        distant.destroy();
      });
    }
    near.pipe(distant);
    distant.pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  return {
    url: `redis://127.0.0.1:${String(address.port)}`,
    cut,
    mend: () => {
      isCut = false;
    },
    aim: (next) => {
      far = new URL(next);
    },
    close: () => {
      cut();
      server.close();
    },
  };
}
