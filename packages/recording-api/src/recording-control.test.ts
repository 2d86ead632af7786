import type { ServerResponse } from "node:http";
import { describe, expect, test, vi } from "vitest";
import { callNames } from "./answer-facts.ts";
import type { CallReport } from "./call-report.ts";
import { callBy, testClient, testClientRequest, testUpdate } from "./testing/test-client.ts";
import { serveHttp } from "./testing/test-server.ts";

const session = { resourceId: "r", sid: "s", mode: "mix" } as const;
const recorder = { channelName: "class-101", uid: 7 } as const;
const update = { ...session, ...recorder, clientRequest: testUpdate };

/** A server that answers when it is told to. */
async function serveOnDemand(): Promise<
  Awaited<ReturnType<typeof serveHttp>> & { readonly waiting: ServerResponse[]; answerNext(): void }
> {
  const waiting: ServerResponse[] = [];
  const server = await serveHttp((_request, response) => waiting.push(response));
  return { ...server, waiting, answerNext: () => void waiting.shift()?.end("{}") };
}

describe("updates of one recording", () => {
  test("are sent one after the other, in the order of the calls, layout included", async () => {
    await using server = await serveOnDemand();
    const client = testClient({ baseUrl: server.baseUrl });
    const calls = [
      client.update(update),
      client.updateLayout({ ...update, clientRequest: { mixedVideoLayout: 1 } }),
      client.update(update),
    ];
    for (const count of [1, 2, 3]) {
      await vi.waitFor(() => expect(server.waiting).toHaveLength(1));
      expect(server.received).toHaveLength(count);
      server.answerNext();
    }
    expect((await Promise.all(calls)).map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok"]);
    expect(server.received.map(({ path }) => path.split("/").at(-1))).toEqual(["update", "updateLayout", "update"]);
    await client.close();
  });

  test("do not wait for those of another recording", async () => {
    await using server = await serveOnDemand();
    const client = testClient({ baseUrl: server.baseUrl });
    const calls = [client.update(update), client.update({ ...update, sid: "s2" })];
    await vi.waitFor(() => expect(server.waiting).toHaveLength(2));
    server.answerNext();
    server.answerNext();
    await Promise.all(calls);
    await client.close();
  });

  test("end within their limit although an earlier one hangs, and are then never sent", async () => {
    await using server = await serveOnDemand();
    const timeouts = { acquireMs: 200, startMs: 200, queryMs: 200, updateMs: 200, stopMs: 200 };
    const reports: CallReport[] = [];
    const client = testClient({ baseUrl: server.baseUrl, timeouts, onCall: (call) => reports.push(call) });
    const [first, second] = await Promise.all([client.update(update), client.update(update)]);
    expect(first).toMatchObject({ outcome: "unknown", reason: "timeout" });
    expect(second.outcome).toBe("unknown");
    expect(reports).toHaveLength(2);
    await client.close();
    expect(server.received.length).toBeLessThanOrEqual(2);
  });

  test("are never sent with less than half of their limit left", async () => {
    await using server = await serveOnDemand();
    let nowMs = 0;
    const client = testClient({ baseUrl: server.baseUrl, clock: { monotonicMs: () => nowMs } });
    const calls = [client.update(update), client.update(update)];
    await vi.waitFor(() => expect(server.waiting).toHaveLength(1));
    nowMs = 5_001;
    server.answerNext();
    const [first, second] = await Promise.all(calls);
    expect(first).toMatchObject({ outcome: "ok" });
    expect(second).toMatchObject({ outcome: "unknown", reason: "unreachable" });
    expect(server.received).toHaveLength(1);
    await client.close();
  });

  test("that waited and then timed out are not held against the host", async () => {
    await using server = await serveOnDemand();
    const timeouts = { acquireMs: 400, startMs: 400, queryMs: 400, updateMs: 400, stopMs: 400 };
    const clock = { monotonicMs: () => performance.now() };
    const hosts = { circuit: { failuresMax: 1, pausesMs: [600_000] } };
    const client = testClient({ baseUrl: server.baseUrl, timeouts, clock, hosts });
    const calls = [client.update(update), client.update(update)];
    await vi.waitFor(() => expect(server.waiting).toHaveLength(1));
    server.answerNext();
    expect(await calls[1]).toMatchObject({ reason: "timeout" });
    const start = client.start({ ...recorder, resourceId: "r", mode: "mix", clientRequest: testClientRequest });
    await vi.waitFor(() => expect(server.received).toHaveLength(3));
    server.waiting.at(-1)?.end("{}");
    await start;
    await client.close();
  });

  test("follow an earlier one that failed", async () => {
    let answers = 0;
    await using server = await serveHttp((_request, response) => {
      answers += 1;
      if (answers === 1) response.destroy();
      else response.end("{}");
    });
    const client = testClient({ baseUrl: server.baseUrl });
    const outcomes = await Promise.all([client.update(update), client.update(update)]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["unknown", "ok"]);
    await client.close();
  });

  test("in mode web pause the page, and are refused in mode mix before they are sent", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const client = testClient({ baseUrl: server.baseUrl });
    const clientRequest = { webRecordingConfig: { onhold: true } } as const;
    const page = { ...recorder, ...session, clientRequest };
    expect(await client.update({ ...page, mode: "web" })).toMatchObject({ outcome: "ok" });
    expect(server.received[0]?.path).toMatch(/\/mode\/web\/update$/);
    await expect(client.update({ ...page, mode: "mix" })).rejects.toThrow(
      "update request of mode mix: webRecordingConfig is an object, expected nothing: it belongs to mode web",
    );
    const layout = { ...update, clientRequest: { mixedVideoLayout: 1, backgroundColor: "red" } } as const;
    await expect(client.updateLayout(layout)).rejects.toThrow("updateLayout request: backgroundColor");
    expect(server.received).toHaveLength(1);
    await client.close();
  });
});

describe("stop", () => {
  const stop = { ...session, ...recorder };

  test("asks Agora to answer at once, or with its uploads when told to", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const client = testClient({ baseUrl: server.baseUrl });
    await client.stop(stop);
    await client.stop({ ...stop, async: true });
    await client.stop({ ...stop, async: false });
    expect(server.received.map(({ body }) => /"async_stop":(\w+)/.exec(body)?.[1])).toEqual(["true", "true", "false"]);
    await client.close();
  });

  test("that waits has a limit of its own, longer than the 20 s that Agora may take", async () => {
    const timeouts = { acquireMs: 100, startMs: 100, queryMs: 100, stopMs: 100 };
    expect(() =>
      testClient({ baseUrl: "https://api.agora.io", timeouts: { ...timeouts, synchronousStopMs: 20_000 } }),
    ).toThrow("timeouts.synchronousStopMs is 20000, expected an integer from 20001 to 600000");
    await using server = await serveHttp((_request, response) => {
      setTimeout(() => response.end(`{"serverResponse":{"uploadingStatus":"uploaded","fileList":"a.m3u8"}}`), 300);
    });
    const client = testClient({ baseUrl: server.baseUrl, timeouts });
    const answers = await Promise.all([client.stop({ ...stop, async: true }), client.stop({ ...stop, async: false })]);
    expect(answers[0]).toMatchObject({ outcome: "unknown", reason: "timeout" });
    expect(answers[1]).toMatchObject({
      outcome: "done",
      recording: { files: [{ fileName: "a.m3u8" }], uploadingStatus: "uploaded" },
    });
    await client.close();
  });
});

describe("request ids", () => {
  test("are sent with each request, and both sides' ids are in answer and report", async () => {
    let made = 0;
    const reports: CallReport[] = [];
    await using server = await serveHttp((request, response) => {
      response.setHeader("X-Request-Id", `agora-${String(request.headers["x-request-id"])}`).end("{}");
    });
    const client = testClient({
      baseUrl: server.baseUrl,
      newRequestId: () => `ours-${(made += 1)}`,
      onCall: (call) => reports.push(call),
    });
    const answers = [await client.query(session), await client.update(update)];
    await client.close();
    expect(server.received.map(({ headers }) => headers["x-request-id"])).toEqual(["ours-1", "ours-2"]);
    for (const told of [answers, reports]) {
      expect(told[0]).toMatchObject({ sentRequestId: "ours-1", requestId: "agora-ours-1" });
      expect(told[1]).toMatchObject({ sentRequestId: "ours-2", requestId: "agora-ours-2" });
    }
  });

  test("name a request that was never answered", async () => {
    await using server = await serveHttp((_request, response) => response.destroy());
    const client = testClient({ baseUrl: server.baseUrl, newRequestId: () => "ours" });
    expect(await client.query(session)).toMatchObject({ outcome: "unknown", sentRequestId: "ours" });
    await client.close();
  });

  test("are left out when nobody makes any", async () => {
    await using server = await serveHttp((_request, response) => response.end("{}"));
    const client = testClient({ baseUrl: server.baseUrl });
    expect(await client.query(session)).not.toHaveProperty("sentRequestId");
    expect(server.received[0]?.headers["x-request-id"]).toBeUndefined();
    await client.close();
  });
});

describe("a call that is given up by its signal", () => {
  test("is told apart by whether it was sent, whichever call it is, and no host is blamed", async () => {
    await using server = await serveHttp((request, response) => {
      if (request.path.endsWith("/acquire")) response.end(`{"resourceId":"r"}`);
    });
    const hosts = { second: "https://api.sd-rtn.com", circuit: { failuresMax: 1, pausesMs: [600_000] } };
    const client = testClient({ baseUrl: server.baseUrl, hosts });
    for (const call of callNames.filter((name) => name !== "acquire")) {
      const giveUp = new AbortController();
      const sends = server.received.length;
      const answer = callBy(client, call, { signal: giveUp.signal });
      await vi.waitFor(() => expect(server.received).toHaveLength(sends + 1));
      giveUp.abort();
      expect(await answer).toMatchObject({ reason: "timeout", message: "given up by the caller" });
    }
    const late = await callBy(client, "start", { signal: AbortSignal.abort() });
    expect(late).toMatchObject({ outcome: "again", ambiguous: false, reason: "unreachable" });
    expect(await callBy(client, "acquire")).toMatchObject({ outcome: "ok", host: server.baseUrl });
    expect(server.received).toHaveLength(callNames.length);
    await client.close();
  });

  test("is not sent when it is an update whose turn comes too late", async () => {
    const answers: (() => void)[] = [];
    await using server = await serveHttp((_request, response) => answers.push(() => response.end("{}")));
    const client = testClient({ baseUrl: server.baseUrl });
    const giveUp = new AbortController();
    const first = callBy(client, "update");
    const second = callBy(client, "update", { signal: giveUp.signal });
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    giveUp.abort();
    answers[0]?.();
    expect((await first).outcome).toBe("ok");
    expect(await second).toMatchObject({ outcome: "unknown", message: "given up by the caller" });
    expect(server.received).toHaveLength(1);
    await client.close();
  });
});
