import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import fastify from "fastify";

/** Calls and orders are small: an acquire with startParameter is a few kilobytes. */
const bodyBytesMax = 1_048_576;

export interface ServerOptions {
  /** Names a request that never became a call; answered as `X-Request-Id` like that of every other. */
  readonly refuse: (status: number) => string;
}

/**
 * A server that answers everything that comes as a request, however broken, and never by a page of its own: what HTTP
 * itself refuses is answered as the gateway before Agora does (`message`, no `code`).
 */
export function createServer({ refuse }: ServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
    keepAliveTimeout: 30_000,
    // Node's own refusal would carry no request id.
    http: { requireHostHeader: false },
    clientErrorHandler: (err, socket) => {
      refuseSocket(socket, statusOfClientError(err.code), refuse);
    },
    frameworkErrors: (_err, _request, reply) => {
      reply.hijack();
      const { headers, body } = refusalOf(400, refuse);
      reply.raw.writeHead(400, headers).end(body);
    },
  });
  server.addHook("onRequest", (request, reply, done) => {
    // Judged with the call, by `contentTypeOf`: the framework would refuse a type that it cannot read.
    delete request.raw.headers["content-type"];
    if (request.raw.httpVersion === "1.1" && request.raw.headers.host === undefined) {
      void reply
        .code(400)
        .headers(headersOf(refuse(400)))
        .send(bodyOf(400));
      return;
    }
    done();
  });
  // Bodies are read as text whatever their content type says: wrong JSON has an answer of Agora's own.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body.toString());
  });
  server.setErrorHandler((err, _request, reply) => {
    const status = statusOfError(err);
    return reply
      .code(status)
      .headers(headersOf(refuse(status)))
      .send(bodyOf(status));
  });
  // Node would refuse these by itself, without a word.
  server.server.on("checkExpectation", (request, response) => server.server.emit("request", request, response));
  server.server.on("connect", (_request, socket) => {
    refuseSocket(socket, 400, refuse);
  });
  return server;
}

/** The header as it came; of several the first counts, as for the framework. */
export function contentTypeOf({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): string | undefined {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "content-type");
  return at < 0 ? undefined : rawHeaders[at + 1];
}

/** The gateway's words. Agora's messages look like Kong's (R 8), so these are Kong's for what Agora does not document. */
const messages = {
  400: "Bad request",
  408: "Request timeout",
  413: "Payload too large",
  431: "Request header or cookie too large",
  500: "An unexpected error occurred",
} as const;
type RefusedStatus = keyof typeof messages;

function statusOfClientError(code: string): RefusedStatus {
  if (code === "HPE_HEADER_OVERFLOW") return 431;
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
}

function statusOfError(err: unknown): RefusedStatus {
  if (typeof err !== "object" || err === null || !("statusCode" in err)) return 500;
  if (err.statusCode === 413) return 413;
  return typeof err.statusCode === "number" && err.statusCode < 500 ? 400 : 500;
}

function bodyOf(status: RefusedStatus): string {
  return JSON.stringify({ message: messages[status] });
}

function headersOf(requestId: string): Record<string, string> {
  return { "content-type": "application/json", "x-request-id": requestId };
}

/** The whole answer to a request that reaches no route, written down as refused. */
export function refusalOf(
  status: RefusedStatus,
  refuse: ServerOptions["refuse"],
): { readonly headers: Record<string, string>; readonly body: string } {
  const body = bodyOf(status);
  return { headers: { ...headersOf(refuse(status)), "content-length": String(Buffer.byteLength(body)) }, body };
}

function refuseSocket(socket: Duplex, status: RefusedStatus, refuse: ServerOptions["refuse"]): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { headers, body } = refusalOf(status, refuse);
  const head = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${String(status)} ${messages[status]}`, ...head, "", body].join("\r\n"));
}
