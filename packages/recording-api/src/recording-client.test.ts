import { setImmediate } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { callNames } from "./answer-facts.ts";
import { ApiConfigError } from "./api-config-error.ts";
import type { CallReport } from "./call-report.ts";
import { createRecordingClient } from "./recording-client.ts";
import { callBy, testAppId, testClient, testClientRequest, testSecrets, testUpdate } from "./testing/test-client.ts";
import type { ReceivedRequest } from "./testing/test-server.ts";
import { closedPortUrl, serveHttp } from "./testing/test-server.ts";

const prefix = `/v1/apps/${testAppId}/cloud_recording`;
const session = "/resourceid/resource-1/sid/38f8e3cfdc474cd56fc1ceba380d7e1a/mode/mix";

async function received(path = ""): Promise<readonly ReceivedRequest[]> {
  await using server = await serveHttp((_request, response) => response.end("{}"));
  const client = testClient({ baseUrl: `${server.baseUrl}${path}` });
  for (const call of callNames) await callBy(client, call);
  await client.close();
  return server.received;
}

describe("what is sent", () => {
  test("goes to the paths of the reference, query as GET without a body", async () => {
    expect((await received()).map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST ${prefix}/acquire`,
      `POST ${prefix}/resourceid/resource-1/mode/mix/start`,
      `GET ${prefix}${session}/query`,
      `POST ${prefix}${session}/update`,
      `POST ${prefix}${session}/updateLayout`,
      `POST ${prefix}${session}/stop`,
    ]);
  });

  test("keeps a region segment of the base URL", async () => {
    expect((await received("/eu/")).map(({ path }) => path.slice(0, 9))).toEqual(callNames.map(() => "/eu/v1/ap"));
  });

  test("carries uid in quotes, the whole clientRequest, and a stop that does not wait", async () => {
    const [acquire, start, query, update, updateLayout, stop] = await received();
    const ids = { cname: "class-101", uid: "4000000002" };
    expect(JSON.parse(acquire?.body ?? "")).toEqual({ ...ids, clientRequest: { scene: 0 } });
    expect(JSON.parse(start?.body ?? "")).toEqual({ ...ids, clientRequest: testClientRequest });
    expect(query?.body).toBe("");
    expect(JSON.parse(update?.body ?? "")).toEqual({ ...ids, clientRequest: testUpdate });
    expect(JSON.parse(updateLayout?.body ?? "")).toEqual({ ...ids, clientRequest: { mixedVideoLayout: 1 } });
    expect(JSON.parse(stop?.body ?? "")).toEqual({ ...ids, clientRequest: { async_stop: true } });
  });

  test("signs with Basic auth and says who is calling", async () => {
    const credentials = Buffer.from(`customer:${testSecrets.customerSecret}`).toString("base64");
    for (const request of await received()) {
      expect(request.headers.authorization).toBe(`Basic ${credentials}`);
      expect(request.headers["user-agent"]).toBe("autorec/0.0.0 test");
    }
  });

  test("tells acquire the very text that start will carry", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const client = testClient({ baseUrl: server.baseUrl });
    const order = { channelName: "class-101", uid: 7, mode: "mix" } as const;
    await client.acquire({ ...order, resourceExpiredHour: 720, startClientRequest: testClientRequest });
    await client.start({ ...order, resourceId: "r", clientRequest: testClientRequest });
    await client.close();
    const text = JSON.stringify(testClientRequest);
    expect(server.received[0]?.body).toContain(`"resourceExpiredHour":720,"startParameter":${text}`);
    expect(server.received[1]?.body).toContain(`"clientRequest":${text}`);
  });

  test("cannot leave its place in the path, whatever a resourceId looks like", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const client = testClient({ baseUrl: server.baseUrl });
    await client.query({ resourceId: "../a?b#c", sid: "s s", mode: "individual" });
    await client.close();
    expect(server.received[0]?.path).toBe(`${prefix}/resourceid/..%2Fa%3Fb%23c/sid/s%20s/mode/individual/query`);
  });

  test.each([
    ["half a character", "a\ud800"],
    ["the parent folder", ".."],
    ["more than a path takes", "a".repeat(2_049)],
  ])("is not made of an id that is %s, nor is such an id taken from an answer", async (_name, id) => {
    await using server = await serveHttp((_request, response) => {
      response.end(JSON.stringify({ resourceId: id, sid: id, serverResponse: { status: 5 } }));
    });
    const client = testClient({ baseUrl: server.baseUrl });
    const session = { resourceId: "r", sid: "s", mode: "mix" } as const;
    await expect(client.query({ ...session, resourceId: id })).rejects.toBeInstanceOf(ApiConfigError);
    await expect(client.query({ ...session, sid: id })).rejects.toBeInstanceOf(ApiConfigError);
    expect(server.received).toEqual([]);
    expect(await callBy(client, "acquire")).toMatchObject({ outcome: "again", unforeseen: true });
    expect(await callBy(client, "start")).toMatchObject({ outcome: "started", unforeseen: true });
    await client.close();
  });

  test("uses one connection for calls in a row, and several for calls at a time", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const client = testClient({ baseUrl: server.baseUrl });
    for (const call of callNames) {
      await callBy(client, call);
      // undici gives a connection back one turn of the event loop after its answer.
      await setImmediate();
    }
    expect(server.connectionCount()).toBe(1);
    await Promise.all(callNames.map((call) => callBy(client, call)));
    // The two updates of one recording wait for each other.
    expect(server.connectionCount()).toBe(callNames.length - 1);
    await client.close();
  });
});

describe("a request that can never work is refused before it is sent", () => {
  test("with field, value and expectation, and without a secret", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const client = testClient({ baseUrl: server.baseUrl });
    const order = { channelName: "class-101", uid: 7, mode: "mix", resourceId: "r", sid: "s" } as const;
    const storageConfig = { ...testClientRequest.storageConfig, region: 99 };
    const attempts = {
      "acquire: uid is 0, expected an integer from 1 to 4294967295": client.acquire({ ...order, uid: 0 }),
      "acquire: resourceExpiredHour is 721, expected an integer from 1 to 720": client.acquire({
        ...order,
        resourceExpiredHour: 721,
      }),
      'start: resourceId is "", expected the resourceId of an acquire': client.start({
        ...order,
        resourceId: "",
        clientRequest: testClientRequest,
      }),
      "start request of mode mix: storageConfig.region is 99, expected a region of Amazon S3: 0 to 25, 28":
        client.start({ ...order, clientRequest: { ...testClientRequest, storageConfig } }),
      'query: sid is "", expected the sid of a start': client.query({ ...order, sid: "" }),
    };
    for (const [message, attempt] of Object.entries(attempts)) {
      await expect(attempt).rejects.toBeInstanceOf(ApiConfigError);
      await expect(attempt).rejects.toThrow(message);
    }
    expect(server.received).toEqual([]);
    await client.close();
  });

  test.each([
    ["plain http to Agora", { baseUrl: "http://api.agora.io" }, /baseUrl/],
    ["plain http to Agora by another spelling", { baseUrl: "http://API.agora.io." }, /baseUrl/],
    ["an address without a scheme", { baseUrl: "api.agora.io" }, /baseUrl/],
    ["an address with a password", { baseUrl: "https://a:b@api.agora.io" }, /baseUrl/],
    ["an App ID that is none", { appId: "app" }, /appId is "app"/],
    ["an empty customer ID", { customerId: "" }, /customerId/],
    ["a customer ID with a colon", { customerId: "a:b" }, /customerId/],
    ["an empty customer secret", { customerSecret: "" }, /customerSecret is a hidden value/],
    ["a user agent with a line break", { userAgent: "a\r\nb: c" }, /userAgent/],
    ["a limit of 0", { timeouts: { acquireMs: 0, startMs: 1, queryMs: 1, stopMs: 1 } }, /timeouts\.acquireMs is 0/],
  ])("a client with %s is not made", (_name, options, message) => {
    expect(() => testClient({ baseUrl: "https://api.agora.io", ...options })).toThrow(message);
  });
});

describe("secrets", () => {
  test("that Agora repeats in its words do not come back", async () => {
    const echo = Object.values(testSecrets).join(" ");
    await using server = await serveHttp((_request, response) => {
      response.writeHead(400).end(JSON.stringify({ code: 2, reason: `bad value: ${echo}` }));
    });
    const reports: CallReport[] = [];
    const client = testClient({ baseUrl: server.baseUrl, onCall: (call) => reports.push(call) });
    const answer = await callBy(client, "start");
    await client.close();
    expect(answer.message).toBe("bad value: [hidden] [hidden] [hidden] [hidden]");
    expect(JSON.stringify([answer, reports])).not.toContain("planted");
  });

  test.each([
    ["user and password of an address", { baseUrl: "https://me:planted@api.agora.io" }],
    ["the query of an address", { hosts: { second: "https://api.agora.io/?key=planted" } }],
    ["the fragment of an address", { hosts: { regional: ["https://api.agora.io/#planted"] } }],
    ["a broken address", { baseUrl: "https//me:planted@api.agora.io" }],
  ])("in %s are not told by the error that refuses it", (_name, options) => {
    const make = (): unknown => testClient({ baseUrl: "https://api.agora.io", ...options });
    expect(make).toThrow(/api\.agora\.io/);
    expect(make).not.toThrow(/planted/);
  });

  test("of a picture's address are not told by the error that refuses it", async () => {
    const client = testClient({ baseUrl: "https://api.agora.io" });
    const clientRequest = { backgroundImage: "ftp://me:planted@pictures.example/a.jpg?sig=planted" };
    const order = { resourceId: "r", sid: "s", channelName: "class-101", uid: 7, clientRequest };
    const error: unknown = await client.updateLayout(order).catch((err: unknown) => err);
    await client.close();
    expect(String(error)).toContain("backgroundImage is");
    expect(String(error)).not.toContain("planted");
  });

  test("are in no property that a logger would print", () => {
    const client = testClient({ baseUrl: "https://api.agora.io" });
    expect(JSON.stringify(client)).toBe("{}");
  });
});

describe("every finished call is reported", () => {
  test("with its outcome, reason, length and Agora's request id", async () => {
    let nowMs = 0;
    await using server = await serveHttp((_request, response) => {
      nowMs += 250;
      response.writeHead(404, { "X-Request-Id": "q-17" }).end(`{"code":404,"reason":"failed to find worker"}`);
    });
    const reports: CallReport[] = [];
    const clock = { monotonicMs: () => nowMs };
    const client = testClient({ baseUrl: server.baseUrl, clock, onCall: (call) => reports.push(call) });
    await callBy(client, "query");
    await client.close();
    expect(reports).toEqual([
      {
        call: "query",
        outcome: "notFound",
        reason: "not_found",
        durationMs: 250,
        host: server.baseUrl,
        httpStatus: 404,
        code: 404,
        requestId: "q-17",
      },
    ]);
  });

  test("and a reporter that throws does not cost the answer", async () => {
    await using server = await serveHttp((_request, response) => response.end(`{"sid":"s"}`));
    const warning = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const onCall = (): void => {
      throw new Error("no such metric");
    };
    const client = testClient({ baseUrl: server.baseUrl, onCall });
    expect(await callBy(client, "start")).toMatchObject({ outcome: "ok", sid: "s" });
    await client.close();
    expect(warning).toHaveBeenCalledOnce();
    warning.mockRestore();
  });
});

describe("a client", () => {
  test("has a limit of its own for each call", async () => {
    await using server = await serveHttp(() => undefined);
    const timeouts = { acquireMs: 250, startMs: 300, queryMs: 350, updateMs: 375, stopMs: 400 };
    const finished: string[] = [];
    const client = testClient({ baseUrl: server.baseUrl, timeouts, onCall: (call) => finished.push(call.call) });
    const calls = ["acquire", "start", "query", "update", "stop"] as const;
    const answers = await Promise.all(calls.map((call) => callBy(client, call)));
    await client.close();
    expect(finished).toEqual(calls);
    expect(answers.map((answer) => answer.reason)).toEqual(calls.map(() => "timeout"));
    expect(answers[4]?.message).toBe("no whole answer within 400 ms");
  });

  test("that is closed waits for the calls under way, and answers later ones as unsent", async () => {
    await using server = await serveHttp((request, response) => {
      if (request.method === "POST") setTimeout(() => response.end(`{"sid":"s"}`), 30);
    });
    const client = testClient({ baseUrl: server.baseUrl });
    const start = callBy(client, "start");
    await vi.waitFor(() => expect(server.received).toHaveLength(1));
    await client.close();
    expect(await start).toMatchObject({ outcome: "ok" });
    expect(await callBy(client, "start")).toMatchObject({ outcome: "again", ambiguous: false, reason: "unreachable" });
    expect(server.received).toHaveLength(1);
  });

  test("says why a host cannot be reached", async () => {
    const client = createRecordingClient({
      baseUrl: await closedPortUrl(),
      appId: testAppId,
      customerId: "c",
      customerSecret: "s",
      userAgent: "autorec",
      timeouts: { acquireMs: 10_000, startMs: 10_000, queryMs: 10_000, stopMs: 10_000 },
      clock: { monotonicMs: () => 0 },
    });
    expect(await callBy(client, "acquire")).toMatchObject({ message: "ECONNREFUSED", reason: "unreachable" });
    await client.close();
  });
});
