import type { ServerResponse } from "node:http";
import { Pool } from "undici";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Exchange } from "./http-exchange.ts";
import { exchangeOnce } from "./http-exchange.ts";
import type { StartOptions } from "./recording-client.ts";
import { testClient, testClientRequest } from "./testing/test-client.ts";
import { serveHttp, serveTcp } from "./testing/test-server.ts";

// Real sockets: which answers can still be heard depends on what lies in them.

/** Long enough for a request to leave on a busy machine. */
const limitMs = 300;
const get = { method: "GET", path: "/query", headers: {}, body: undefined } as const;

function poolTo(baseUrl: string): Pool {
  const pool = new Pool(baseUrl, { allowH2: false, pipelining: 1 });
  onTestFinished(() => pool.destroy());
  return pool;
}

/** Answers the first request when it has come. */
async function answerTo(requests: readonly ServerResponse[], body: string): Promise<void> {
  await vi.waitFor(() => expect(requests).not.toHaveLength(0));
  requests[0]?.end(body);
}

/** Long enough for the answer to be written on a busy machine. */
const stillMs = 1_000;

test("an answer that had arrived while the whole process stood still is an answer, not a timeout", async () => {
  await using server = await serveHttp((_request, response) => {
    response.end("{}");
    // Client and server are one process: the answer lies in the socket, and the limit passes.
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stillMs + limitMs));
  });
  expect(await exchangeOnce(poolTo(server.baseUrl), get, { limitMs: stillMs })).toMatchObject({ kind: "answered" });
});

describe("beyond the limit", () => {
  function listening(heard: (Exchange | undefined)[]) {
    return { limitMs, listenOn: () => ({ forMs: 60_000, ended: (answer?: Exchange) => heard.push(answer) }) };
  }

  test("a whole answer is heard once, by whoever listens on", async () => {
    const responses: ServerResponse[] = [];
    await using server = await serveHttp((_request, response) => responses.push(response));
    const heard: (Exchange | undefined)[] = [];
    expect(await exchangeOnce(poolTo(server.baseUrl), get, listening(heard))).toMatchObject({ kind: "timeout" });
    expect(heard).toEqual([]);
    await answerTo(responses, `{"sid":"s"}`);
    await vi.waitFor(() => expect(heard).toMatchObject([{ kind: "answered", bodyText: `{"sid":"s"}` }]));
  });

  test("who listens learns that no answer comes any more, when the connection breaks or the client is closed", async () => {
    const breaks: (() => void)[] = [];
    await using server = await serveTcp((socket) => {
      socket.resume();
      breaks.push(() => socket.destroy());
    });
    const pool = poolTo(server.baseUrl);
    const heard: (Exchange | undefined)[] = [];
    await Promise.all([1, 2].map(() => exchangeOnce(pool, get, listening(heard))));
    breaks[0]?.();
    await vi.waitFor(() => expect(heard).toEqual([undefined]));
    await pool.destroy();
    await vi.waitFor(() => expect(heard).toEqual([undefined, undefined]));
  });

  test("nobody listens for the answer to a request that never left", async () => {
    await using server = await serveTcp((socket) => socket.resume());
    const listenOn = vi.fn();
    const url = server.baseUrl.replace("http:", "https:");
    expect(await exchangeOnce(poolTo(url), get, { limitMs, listenOn })).toMatchObject({ kind: "notSent" });
    expect(listenOn).not.toHaveBeenCalled();
  });
});

describe("the client", () => {
  const longLimits = { acquireMs: 10_000, queryMs: 10_000, updateMs: 10_000, stopMs: 10_000 };
  const order = {
    resourceId: "resource-1",
    mode: "mix",
    channelName: "room",
    uid: 4_000_000_002,
    clientRequest: testClientRequest,
  } as const;

  test("tells the sid of a start that was answered too late, and counts one call", async () => {
    const responses: ServerResponse[] = [];
    await using server = await serveHttp((_request, response) => responses.push(response));
    const calls: string[] = [];
    const timeouts = { ...longLimits, startMs: limitMs };
    const client = testClient({ baseUrl: server.baseUrl, timeouts, onCall: ({ outcome }) => calls.push(outcome) });
    const late = vi.fn<NonNullable<StartOptions["late"]>>();
    expect(await client.start(order, { late })).toMatchObject({ outcome: "again", ambiguous: true });
    await answerTo(responses, `{"sid":"s"}`);
    await vi.waitFor(() => expect(late).toHaveBeenCalledOnce());
    expect(late.mock.calls[0]?.[0]).toMatchObject({ outcome: "ok", sid: "s" });
    expect(calls).toEqual(["again"]);
    await client.close();
  });

  test("that is closed waits for answers that are late, so that a sid of its last seconds is told", async () => {
    const responses: ServerResponse[] = [];
    await using server = await serveHttp((_request, response) => responses.push(response));
    const client = testClient({ baseUrl: server.baseUrl, timeouts: { ...longLimits, startMs: limitMs } });
    const late = vi.fn<NonNullable<StartOptions["late"]>>();
    await client.start(order, { late });
    const closed = client.close();
    await answerTo(responses, `{"sid":"s"}`);
    await closed;
    expect(late.mock.calls).toMatchObject([[{ outcome: "ok", sid: "s" }]]);
  });

  test("that is closed waits no longer than its longest call takes", async () => {
    await using server = await serveTcp((socket) => socket.resume());
    const limits = { acquireMs: limitMs, startMs: limitMs, queryMs: limitMs, updateMs: limitMs, stopMs: limitMs };
    const client = testClient({ baseUrl: server.baseUrl, timeouts: limits });
    const late = vi.fn();
    await client.start(order, { late });
    await client.close();
    expect(late).not.toHaveBeenCalled();
  });

  test("listens for no more than 32 late answers, so that calls find a connection", async () => {
    const responses: ServerResponse[] = [];
    await using server = await serveHttp((_request, response) => responses.push(response));
    const client = testClient({ baseUrl: server.baseUrl, timeouts: { ...longLimits, startMs: 500 } });
    let heard = 0;
    const late = (): void => void (heard += 1);
    await Promise.all(Array.from({ length: 40 }, () => client.start(order, { late })));
    await vi.waitFor(() => expect(responses.filter(({ destroyed }) => destroyed)).toHaveLength(8));
    for (const response of responses) response.end(`{"sid":"s"}`);
    await vi.waitFor(() => expect(heard).toBe(32));
    await client.close();
  });
});
