import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { AutorecError } from "./autorec-error.ts";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { maskText } from "./mask-text.ts";

/** Throws, or answers a sentence, when the process should not be given work; undefined = fine. */
export type ReadinessCheck = () => Promise<string | undefined>;

/** Where the server listens and what it reports. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly service: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Named, for example kafka, redis, lag. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  readonly draining: () => boolean;
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  /** Longest time for one check; a slower one has failed. */
  readonly checkMsMax?: number;
}

/** A server that listens; `close` drops open connections and never rejects. */
export interface HttpServer {
  /** The port that was bound. */
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

interface CheckReport {
  readonly ok: boolean;
  readonly reason?: string;
  readonly since?: string;
}

/**
 * Serves /healthz (the process answers), /readyz (200, or 503 with which check fails and since when) and /metrics.
 * @throws AutorecError REC_HTTP_PORT when the address cannot be bound.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const readiness = createReadiness(options);
  const server = createServer((request, response) => {
    answer(request, response, options, readiness).catch((error: unknown) => {
      options.log.error({ err: error, path: request.url }, "http answer failed");
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const where = `${options.host}:${options.port}`;
      reject(
        new AutorecError(`cannot listen on ${where}: ${cause.message}; free the port or set HTTP_PORT=0`, {
          code: "REC_HTTP_PORT",
          retry: "terminal",
          context: { host: options.host, port: options.port },
          cause,
        }),
      );
    });
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const url = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`;
  options.log.info({ host: options.host, port, url }, "http server listens");
  return {
    port,
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
  readiness: () => Promise<{ readonly status: number; readonly body: object }>,
): Promise<void> {
  request.resume();
  const path = (request.url ?? "/").split("?")[0];
  const send = (status: number, body: object): void => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
    response.end(request.method === "HEAD" ? undefined : `${JSON.stringify(body)}\n`);
  };
  if (request.method !== "GET" && request.method !== "HEAD") {
    send(405, { error: "only GET is answered here" });
  } else if (path === "/healthz") {
    send(200, { status: "alive", service: options.service });
  } else if (path === "/readyz") {
    const { body, status } = await readiness();
    send(status, body);
  } else if (path === "/metrics") {
    const text = await options.metrics.metrics();
    response.writeHead(200, { "content-type": options.metrics.contentType });
    response.end(request.method === "HEAD" ? undefined : text);
  } else {
    send(404, { error: "not found", paths: ["/healthz", "/readyz", "/metrics"] });
  }
}

function createReadiness(options: HttpServerOptions) {
  const failingSinceMs = new Map<string, number>();
  const checkMsMax = options.checkMsMax ?? 2_000;
  return async (): Promise<{ readonly status: number; readonly body: object }> => {
    const reports = await Promise.all(
      Object.entries(options.checks).map(async ([name, check]): Promise<readonly [string, CheckReport]> => {
        const reason = await failureOf(check, options.clock, checkMsMax);
        if (reason === undefined) {
          if (failingSinceMs.delete(name)) options.log.info({ check: name }, "readiness check passes again");
          return [name, { ok: true }];
        }
        const sinceMs = failingSinceMs.get(name) ?? options.clock.nowMs();
        if (!failingSinceMs.has(name)) options.log.warn({ check: name, reason }, "readiness check fails");
        failingSinceMs.set(name, sinceMs);
        return [name, { ok: false, reason, since: new Date(sinceMs).toISOString() }];
      }),
    );
    const draining = options.draining();
    const ready = !draining && reports.every(([, report]) => report.ok);
    const status = draining ? "draining" : ready ? "ready" : "not_ready";
    return {
      status: ready ? 200 : 503,
      body: { status, service: options.service, checks: Object.fromEntries(reports) },
    };
  };
}

async function failureOf(check: ReadinessCheck, clock: Clock, limitMs: number): Promise<string | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([
      check(),
      clock.sleep(limitMs, over.signal).then(() => `no answer within ${limitMs} ms`),
    ]);
  } catch (error) {
    return maskText(error instanceof Error ? error.message : "failed without an error");
  } finally {
    over.abort();
  }
}
