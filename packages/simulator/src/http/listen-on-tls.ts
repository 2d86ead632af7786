import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { FastifyInstance } from "fastify";
import type { ServerOptions } from "./create-server.ts";
import { refusalOf } from "./create-server.ts";

export interface TlsListener {
  readonly baseUrl: string;
  readonly close: () => Promise<void>;
}

/**
 * Lets callers in by HTTPS as well, since Agora takes nothing else (R 1.7): HTTP/1.1 connections go to the server that is
 * there, decrypted; those that ask for HTTP/2 to one of their own, with the same routes.
 * @throws Node's error when the key does not fit the certificate, or the port cannot be had.
 */
export async function listenOnTls(
  server: FastifyInstance,
  options: ServerOptions & {
    readonly cert: string;
    readonly key: string;
    readonly host: string;
    readonly port: number;
    /** The newest version that is spoken. */
    readonly maxVersion: "TLSv1.2" | "TLSv1.3";
  },
): Promise<TlsListener> {
  const { cert, key, host, port, maxVersion, refuse } = options;
  const sockets = new Set<TLSSocket>();
  const serve = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    // HTTP/2 need not say how long a body is; the framework takes that for "no body".
    if (request.headers["content-length"] === undefined) request.headers["transfer-encoding"] = "chunked";
    // The framework serves HTTP/2's compatible requests as well as these; its types only know one kind per server.
    // eslint-disable-next-line @typescript-eslint/unbound-method -- applied to the server that it belongs to
    Reflect.apply(server.routing, server, [request, response]);
  };
  const http2 = createHttp2Server(serve);
  // As on HTTP/1.1: Node would refuse these by itself, without a word.
  http2.on("checkExpectation", serve);
  http2.on("connect", (_request: Http2ServerRequest, response: Http2ServerResponse) => {
    const { headers, body } = refusalOf(400, refuse);
    response.writeHead(400, headers).end(body);
  });
  const tls = createTlsServer({ cert, key, maxVersion, ALPNProtocols: ["h2", "http/1.1"] }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    (socket.alpnProtocol === "h2" ? http2 : server.server).emit("connection", socket);
  });
  await new Promise<void>((resolve, reject) => {
    tls.once("error", reject);
    tls.listen(port, host, resolve);
  });
  return {
    baseUrl: `https://${host}:${String(portOf(tls.address()))}`,
    close: () =>
      new Promise((resolve) => {
        tls.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

// eslint-disable-next-line no-restricted-syntax -- Node's word for "not listening"
function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
