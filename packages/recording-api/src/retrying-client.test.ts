import { describe, expect, test } from "vitest";
import type { CallName } from "./answer-facts.ts";
import { createRetryingClient } from "./retrying-client.ts";
import { callBy, testClient, testClientRequest } from "./testing/test-client.ts";
import { closedPortUrl, serveHttp } from "./testing/test-server.ts";

type Reply = readonly [httpStatus: number, body: string];

const whole: Reply = [200, `{"resourceId":"r","sid":"s","serverResponse":{"status":5}}`];

function service(httpStatus: number, code: number): Reply {
  return [httpStatus, `{"code":${code}}`];
}

/** Makes one call against a server that gives `replies` in turn, the last one for ever. */
async function waitsOf(
  call: CallName,
  replies: readonly Reply[],
): Promise<{ readonly outcome: string; readonly waitsMs: readonly number[]; readonly sends: number }> {
  let sends = 0;
  await using server = await serveHttp((_request, response) => {
    const [httpStatus, body] = replies[Math.min(sends, replies.length - 1)] ?? whole;
    sends += 1;
    response.writeHead(httpStatus).end(body);
  });
  const waitsMs: number[] = [];
  const sleep = (ms: number): Promise<void> => Promise.resolve(void waitsMs.push(ms));
  const client = createRetryingClient(testClient({ baseUrl: server.baseUrl }), { sleep });
  const { outcome } = await callBy(client, call);
  await client.close();
  return { outcome, waitsMs, sends };
}

describe("retries as Agora documents them", () => {
  test.each<[string, CallName, Reply, readonly number[]]>([
    ["206/65 of start", "start", service(206, 65), [3_000, 6_000]],
    ["500/62 of start", "start", service(500, 62), [3_000, 6_000, 9_000]],
    ["50x of query", "query", service(504, 62), [5_000, 10_000, 15_000, 30_000]],
    ["50x of stop", "stop", service(504, 62), [3_000, 6_000, 9_000]],
    ["50x of update", "update", service(504, 62), [3_000, 6_000, 9_000]],
    ["429 of query", "query", [429, `{"message":"API rate limit exceeded"}`], [1_000, 2_000, 4_000, 8_000]],
    ["429 of acquire", "acquire", [429, `{"message":"API rate limit exceeded"}`], [1_000, 2_000, 4_000, 8_000]],
    ["500/500 of acquire", "acquire", service(500, 500), [1_000, 2_000, 4_000]],
  ])("%s", async (_name, call, reply, waitsMs) => {
    const told = await waitsOf(call, [reply]);
    expect(told.waitsMs).toEqual(waitsMs);
    expect(told.sends).toBe(waitsMs.length + 1);
  });

  test.each<[string, CallName, Reply, string]>([
    ["wrong parameters", "start", service(400, 2), "never"],
    ["missing rights", "acquire", [401, `{"message":"Unauthorized"}`], "wait"],
    ["a wrong path", "query", [404, `{"message":"no Route matched with those values"}`], "unknown"],
    ["too many recordings", "acquire", service(400, 406), "wait"],
    ["a start that already ran", "start", service(201, 7), "started"],
    ["a uid that records already", "start", service(400, 53), "conflict"],
    ["no worker", "start", service(500, 502), "newResource"],
    ["an expired resource", "start", service(400, 433), "newResource"],
    ["a second stop", "stop", service(400, 49), "exiting"],
    ["nothing recorded", "stop", service(206, 435), "done"],
    ["no worker found", "query", service(404, 404), "notFound"],
    ["what nobody foresaw", "query", service(418, 1), "unknown"],
    ["what nobody foresaw", "start", service(418, 1), "again"],
  ])("none for %s", async (_name, call, reply, outcome) => {
    expect(await waitsOf(call, [reply])).toEqual({ outcome, waitsMs: [], sends: 1 });
  });

  test("end with the first answer that says more", async () => {
    expect(await waitsOf("start", [service(206, 65), whole])).toEqual({ outcome: "ok", waitsMs: [3_000], sends: 2 });
    expect((await waitsOf("start", [service(206, 65), service(201, 7)])).outcome).toBe("started");
  });

  test("repeat a start word for word on the host of its acquire, however well another one stands", async () => {
    await using well = await serveHttp((_request, response) => response.end(whole[1]));
    const dead = await closedPortUrl();
    const waitsMs: number[] = [];
    const sleep = (ms: number): Promise<void> => Promise.resolve(void waitsMs.push(ms));
    const client = createRetryingClient(testClient({ baseUrl: dead, hosts: { second: well.baseUrl } }), { sleep });
    const order = { channelName: "class-101", uid: 7, mode: "mix" } as const;
    const answer = await client.start({ ...order, resourceId: "r", host: dead, clientRequest: testClientRequest });
    expect(answer).toMatchObject({ outcome: "again", reason: "unreachable" });
    expect(waitsMs).toEqual([1_000, 3_000, 6_000]);
    expect(well.received).toEqual([]);
    expect(await client.acquire(order)).toMatchObject({ outcome: "ok", host: well.baseUrl });
    await client.close();
  });

  test("end when the caller gives up, with the last answer that there was", async () => {
    await using server = await serveHttp((_request, response) => response.writeHead(500).end(`{"code":500}`));
    const giveUp = new AbortController();
    const sleep = (_ms: number, signal?: AbortSignal): Promise<void> => {
      giveUp.abort();
      expect(signal?.aborted).toBe(true);
      return Promise.resolve();
    };
    const client = createRetryingClient(testClient({ baseUrl: server.baseUrl }), { sleep });
    expect(await callBy(client, "start", { signal: giveUp.signal })).toMatchObject({
      outcome: "again",
      httpStatus: 500,
    });
    expect(server.received).toHaveLength(1);
    await client.close();
  });
});
