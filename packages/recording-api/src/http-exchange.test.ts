import { getEventListeners } from "node:events";
import type { Socket } from "node:net";
import { Dispatcher, Pool } from "undici";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Exchange, HttpRequest } from "./http-exchange.ts";
import { exchangeOnce } from "./http-exchange.ts";
import { closedPortUrl, serveHttp, serveTcp } from "./testing/test-server.ts";

// Real sockets: what may be believed after a failure depends on what truly left the process.

const post: HttpRequest = { method: "POST", path: "/start", headers: {}, body: `{"uid":"1"}` };
const get: HttpRequest = { method: "GET", path: "/query", headers: {}, body: undefined };

const pools: Pool[] = [];
function poolTo(baseUrl: string, options: Pool.Options = {}): Pool {
  const pool = new Pool(baseUrl, { allowH2: false, pipelining: 1, ...options });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.destroy()));
});

/** Calls `then` once the socket has received a whole POST of ours. */
function afterRequest(socket: Socket, then: () => void): void {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes(`{"uid":"1"}`)) then();
  });
}

describe("a request that never left is told apart", () => {
  test("when nobody listens on the port", async () => {
    const exchange = await exchangeOnce(poolTo(await closedPortUrl()), post, { limitMs: 10_000 });
    expect(exchange).toMatchObject({ kind: "notSent", detail: "ECONNREFUSED" });
  });

  test("when the name cannot be resolved", async () => {
    const exchange = await exchangeOnce(poolTo("http://agora.invalid"), post, { limitMs: 10_000 });
    expect(exchange.kind).toBe("notSent");
  });

  test("when the server breaks off the TLS handshake", async () => {
    await using server = await serveTcp((socket) => socket.end("this is not TLS\r\n"));
    const exchange = await exchangeOnce(poolTo(server.baseUrl.replace("http:", "https:")), post, { limitMs: 10_000 });
    expect(exchange.kind).toBe("notSent");
  });

  test("when the server never finishes the TLS handshake, at the limit of the call", async () => {
    await using server = await serveTcp(() => undefined);
    const exchange = await exchangeOnce(poolTo(server.baseUrl.replace("http:", "https:")), post, { limitMs: 50 });
    expect(exchange).toMatchObject({ kind: "notSent", detail: "no whole answer within 50 ms" });
  });

  test("when it waited for a connection until its limit, and it is not sent later either", async () => {
    let answerFirst = (): void => undefined;
    await using server = await serveHttp((request, response) => {
      if (request.path === "/start") answerFirst = () => response.end("{}");
      else response.end("{}");
    });
    const pool = poolTo(server.baseUrl, { connections: 1 });
    const first = exchangeOnce(pool, post, { limitMs: 10_000 });
    await vi.waitFor(() => expect(server.received).toHaveLength(1));
    const late = await exchangeOnce(pool, { ...post, path: "/late" }, { limitMs: 30 });
    expect(late.kind).toBe("notSent");
    answerFirst();
    expect((await first).kind).toBe("answered");
    expect((await exchangeOnce(pool, { ...post, path: "/next" }, { limitMs: 10_000 })).kind).toBe("answered");
    expect(server.received.map((request) => request.path)).toEqual(["/start", "/next"]);
  });

  test("when the client was closed before", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const pool = poolTo(server.baseUrl);
    await pool.destroy();
    expect((await exchangeOnce(pool, post, { limitMs: 10_000 })).kind).toBe("notSent");
  });

  test("when undici refuses to queue it", async () => {
    const exchange = await exchangeOnce(
      poolTo("http://127.0.0.1:1"),
      { ...post, path: "no slash" },
      { limitMs: 10_000 },
    );
    expect(exchange.kind).toBe("notSent");
  });
});

describe("a request that left but was not answered whole is told apart", () => {
  test("when the server closes the connection after it has read the request", async () => {
    await using server = await serveTcp((socket) => afterRequest(socket, () => socket.destroy()));
    expect((await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000 })).kind).toBe("lost");
  });

  test("when the server resets the connection after it has read the request", async () => {
    await using server = await serveTcp((socket) => afterRequest(socket, () => socket.resetAndDestroy()));
    expect((await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000 })).kind).toBe("lost");
  });

  test("when the server never answers", async () => {
    await using server = await serveTcp((socket) => socket.resume());
    expect(await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 250 })).toMatchObject({
      kind: "timeout",
      detail: "no whole answer within 250 ms",
    });
  });

  test("when the answer is cut in the middle of its body", async () => {
    await using server = await serveTcp((socket) =>
      afterRequest(socket, () =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\nx-request-id: r-1\r\n\r\n{"sid":'),
      ),
    );
    expect(await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000 })).toMatchObject({
      kind: "lost",
      httpStatus: 200,
      requestId: "r-1",
    });
  });

  test("when the headers come and the body hangs: the limit covers the whole call", async () => {
    await using server = await serveTcp((socket) =>
      afterRequest(socket, () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")),
    );
    expect(await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 250 })).toMatchObject({
      kind: "timeout",
      httpStatus: 200,
    });
  });

  test("when the body trickles for longer than the limit", async () => {
    let trickle: NodeJS.Timeout | undefined;
    await using server = await serveTcp((socket) =>
      afterRequest(socket, () => {
        socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        trickle = setInterval(() => socket.write("1\r\n \r\n"), 5);
      }),
    );
    expect((await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 250 })).kind).toBe("timeout");
    clearInterval(trickle);
  });

  test("when what comes back is not HTTP", async () => {
    await using server = await serveTcp((socket) =>
      afterRequest(socket, () => socket.end("220 mail.example ESMTP\r\n")),
    );
    expect((await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000 })).kind).toBe("lost");
  });
});

describe("one exchange is one send", () => {
  test("a query whose connection breaks is not repeated, although GET may be", async () => {
    let requests = 0;
    await using server = await serveTcp((socket) =>
      socket.on("data", () => {
        requests += 1;
        socket.destroy();
      }),
    );
    const pool = poolTo(server.baseUrl, { connections: 1 });
    expect((await exchangeOnce(pool, get, { limitMs: 10_000 })).kind).toBe("lost");
    expect((await exchangeOnce(pool, get, { limitMs: 10_000 })).kind).toBe("lost");
    expect(requests).toBe(2);
  });

  test("a connection that the server closed while it was idle is replaced before anything is sent on it", async () => {
    const bodies: string[] = [];
    await using server = await serveTcp((socket) =>
      socket.on("data", (chunk: Buffer) => {
        bodies.push(chunk.toString());
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
      }),
    );
    const pool = poolTo(server.baseUrl, { connections: 1 });
    const closed = new Promise((resolve) => pool.once("disconnect", resolve));
    expect((await exchangeOnce(pool, get, { limitMs: 10_000 })).kind).toBe("answered");
    await closed;
    expect((await exchangeOnce(pool, get, { limitMs: 10_000 })).kind).toBe("answered");
    expect(bodies).toHaveLength(2);
  });

  test("a second send that a dispatcher tries by itself is stopped before its first byte", async () => {
    const stopped: string[] = [];
    const controller = (name: string): Dispatcher.DispatchController => ({
      aborted: false,
      paused: false,
      reason: null,
      abort: () => stopped.push(name),
      pause: () => undefined,
      resume: () => undefined,
    });
    class Repeating extends Dispatcher {
      override dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
        handler.onRequestStart?.(controller("first"), {});
        handler.onRequestStart?.(controller("second"), {});
        return true;
      }
    }
    expect((await exchangeOnce(new Repeating(), get, { limitMs: 10_000 })).kind).toBe("lost");
    expect(stopped).toContain("second");
  });

  test("a redirect is an answer like any other", async () => {
    await using server = await serveHttp((_request, response) => {
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    expect(await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000 })).toMatchObject({
      kind: "answered",
      httpStatus: 307,
    });
    expect(server.received).toHaveLength(1);
  });
});

describe("a body is read within bounds", () => {
  test("one of more than a MiB is given up, and its status still counts", async () => {
    let sentBytes = 0;
    await using server = await serveHttp((_request, response) => {
      response.writeHead(200, { "x-request-id": "r-2" });
      const more = (): void => {
        sentBytes += 65_536;
        if (sentBytes > 64 * 1_048_576) response.end();
        else response.write(Buffer.alloc(65_536, " "), (err) => (err ? undefined : more()));
      };
      more();
    });
    const exchange = await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000 });
    expect(exchange).toMatchObject({ kind: "answered", httpStatus: 200, requestId: "r-2" });
    expect(textLength(exchange)).toBeUndefined();
    expect(sentBytes).toBeLessThan(32 * 1_048_576);
  });

  test("one of exactly a MiB is read", async () => {
    const text = " ".repeat(1_048_574) + "{}";
    await using server = await serveHttp((_request, response) => response.end(text));
    expect(textLength(await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000 }))).toBe(1_048_576);
  });
});

/** Not the text itself: a failed comparison of a MiB takes minutes to print. */
function textLength(exchange: Exchange): number | undefined {
  return exchange.kind === "answered" ? exchange.bodyText?.length : undefined;
}

describe("a call that its caller gives up", () => {
  test("before it is made is not sent", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const signal = AbortSignal.abort();
    const exchange = await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000, signal });
    expect(exchange).toMatchObject({ kind: "notSent", detail: "given up by the caller" });
    expect(server.connectionCount()).toBe(0);
  });

  test("while it waits for a connection is not sent, then or later", async () => {
    await using server = await serveHttp(() => undefined);
    const pool = poolTo(server.baseUrl, { connections: 1 });
    const first = exchangeOnce(pool, post, { limitMs: 300 });
    await vi.waitFor(() => expect(server.received).toHaveLength(1));
    const giveUp = new AbortController();
    const second = exchangeOnce(pool, { ...post, path: "/late" }, { limitMs: 10_000, signal: giveUp.signal });
    giveUp.abort();
    expect((await second).kind).toBe("notSent");
    expect((await first).kind).toBe("timeout");
    expect((await exchangeOnce(pool, { ...post, path: "/next" }, { limitMs: 250 })).kind).toBe("timeout");
    expect(server.received.map(({ path }) => path)).toEqual(["/start", "/next"]);
  });

  test("after it was sent may have taken effect, and its connection is closed", async () => {
    const closed = Promise.withResolvers<undefined>();
    await using server = await serveTcp((socket) => {
      socket.on("close", () => closed.resolve(undefined));
      afterRequest(socket, () => giveUp.abort());
    });
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const exchange = await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000, signal });
    expect(exchange).toMatchObject({ kind: "timeout", detail: "given up by the caller" });
    await closed.promise;
  });

  test("leaves nothing behind at a signal that outlives it", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const { signal } = new AbortController();
    const exchange = await exchangeOnce(poolTo(server.baseUrl), post, { limitMs: 10_000, signal });
    expect(exchange.kind).toBe("answered");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
