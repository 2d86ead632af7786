import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { Server, Socket } from "node:net";

/** A request as a test server received it whole. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server on a free local port that ends with its test. */
export interface TestServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** Connections accepted so far. */
  connectionCount(): number;
}

/** An HTTP server that hands each whole request to `answer`. */
export async function serveHttp(
  answer: (request: ReceivedRequest, response: ServerResponse) => void,
): Promise<TestServer & { readonly received: readonly ReceivedRequest[] }> {
  const received: ReceivedRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "", url = "", headers } = incoming;
      const request = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      received.push(request);
      answer(request, response);
    });
  });
  return { ...(await listen(server)), received };
}

/** A TCP server for everything that HTTP servers refuse to do. */
export function serveTcp(onSocket: (socket: Socket) => void): Promise<TestServer> {
  return listen(createTcpServer(onSocket));
}

/** The address of a port on which nobody listens. */
export async function closedPortUrl(): Promise<string> {
  const server = await serveTcp((socket) => socket.destroy());
  await server[Symbol.asyncDispose]();
  return server.baseUrl;
}

async function listen(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A client that gives up resets its connection; that is the client's business.
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    connectionCount: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
