import { once } from "node:events";
import { createServer, connect } from "node:net";
import type { Socket } from "node:net";

/** Where a server listens; a URL says it as well. */
export type TcpTarget = Readonly<{ hostname: string; port: string }>;

/** A way to a server that a test can cut: open connections break at once and new ones are refused until it is mended. */
export interface TcpProxy {
  /** Where it listens, on 127.0.0.1; the same after `mend`. */
  readonly port: number;
  cut(): void;
  /** Resolves when connections are taken again. */
  mend(): Promise<void>;
  /** Leads new connections elsewhere. */
  aim(target: TcpTarget): void;
  close(): void;
}

/** Listens until it is cut or closed. */
export async function startTcpProxy(target: TcpTarget): Promise<TcpProxy> {
  let { hostname, port: farPort } = target;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(farPort), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      // The other end sees the break as a closed connection.
      socket.on("error", () => undefined);
      socket.once("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("expected a TCP address");
    return address.port;
  };
  const port = await listen(0);
  const cut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    cut,
    mend: async () => {
      await listen(port);
    },
    aim: (next) => {
      ({ hostname, port: farPort } = next);
    },
    close: cut,
  };
}
