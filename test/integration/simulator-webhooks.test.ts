import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyNotification } from "@autorec/recording-api";
import { type Simulator, type SimulatorOptions, startSimulator } from "@autorec/simulator";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { makeCertificate } from "../support/agora-front.ts";

const appId = "0123456789abcdef0123456789abcdef";
const secret = "planted_secret_of_ncs";
const noticeSchema = z.object({
  noticeId: z.string(),
  productId: z.number(),
  eventType: z.number(),
  notifyMs: z.number(),
  payload: z.looseObject({ sid: z.string().optional(), sequence: z.number().optional() }),
});
type Notice = z.infer<typeof noticeSchema>;
type Conduct = (response: ServerResponse) => void;

const take: Conduct = (response) => void response.writeHead(200, { "content-type": "application/json" }).end("{}");
const hang: Conduct = () => undefined;

interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly notices: readonly Notice[];
  readonly connectionCount: () => number;
}

/** A receiver that takes what is signed, or does as it is told, request by request. */
async function startReceiver(script: readonly Conduct[] = []): Promise<Receiver> {
  const notices: Notice[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    readBody(request, (body) => {
      // A signature that does not fit the raw bytes breaks the test by its absence.
      if (verifyNotification(body, request.headers, secret).kind !== "verified") {
        response.writeHead(401).end();
        return;
      }
      notices.push(noticeSchema.parse(JSON.parse(body.toString())));
      (script[notices.length - 1] ?? take)(response);
    });
  });
  server.on("connection", () => (connections += 1));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${String(portOf(server.address()))}/ncs`,
    notices,
    connectionCount: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readBody(request: IncomingMessage, whole: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    whole(Buffer.concat(chunks));
  });
}

function portOf(address: ReturnType<Server["address"]>): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}

type Settings = Extract<SimulatorOptions["settings"], { readonly accounts: unknown }>;

function startWith(
  webhooks: Settings["webhooks"],
  options: Pick<SimulatorOptions, "onHistoryLine"> & Pick<Settings, "durations" | "switches"> = {},
): Promise<Simulator> {
  const account = { customerId: "customer", customerSecret: "planted-customer-secret", apps: [{ appId }] };
  return startSimulator({
    settings: {
      profile: "fast",
      accounts: [{ ...account, requestsPerSecond: 1_000 }],
      durations: {
        statusWalkMs: [0, 0, 0, 0],
        firstSliceMs: 50,
        answerMs: { min: 0, max: 0 },
        uploadProgressMs: 60_000,
        ...options.durations,
      },
      switches: options.switches,
      webhooks,
    },
    onHistoryLine: options.onHistoryLine,
  });
}

const delivered = ({ client }: Simulator) =>
  client.waitFor("every notification to be taken", (state) => state.pendingNotifications === 0);

/** acquire and start. */
async function record(simulator: Simulator, channelName: string, uid: string): Promise<() => Promise<number>> {
  const base = `${simulator.baseUrl}/v1/apps/${appId}/cloud_recording`;
  const call = async (path: string, clientRequest: unknown) => {
    const response = await fetch(`${base}/${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Basic ${Buffer.from("customer:planted-customer-secret").toString("base64")}`,
      },
      body: JSON.stringify({ cname: channelName, uid, clientRequest }),
    });
    const ids = z.looseObject({ resourceId: z.string().optional(), sid: z.string().optional() });
    return { status: response.status, ...ids.parse(await response.json()) };
  };
  const { resourceId = "" } = await call("acquire", {});
  const storageConfig = { vendor: 1, region: 0, bucket: "b", accessKey: "planted-key", secretKey: "planted-key" };
  const started = await call(`resourceid/${resourceId}/mode/mix/start`, {
    recordingConfig: { channelType: 0, maxIdleTime: 20 },
    storageConfig,
  });
  expect(started.status).toBe(200);
  const path = `resourceid/${resourceId}/sid/${started.sid ?? ""}/mode/mix/stop`;
  return async () => (await call(path, {})).status;
}

describe("a receiver of webhooks", () => {
  test("gets a recording from its start to its end, signed, in order, over few connections", async () => {
    await using people = await startReceiver();
    await using recordings = await startReceiver();
    await using simulator = await startWith([
      { productId: 1, url: people.url, secret, eventTypes: [103, 104] },
      { productId: 3, url: recordings.url, secret },
    ]);
    await simulator.client.join({ channelName: "room", uid: 1 });
    const stop = await record(simulator, "room", "7");
    await vi.waitFor(() => expect(recordings.notices.map(({ eventType }) => eventType)).toContain(4), 5_000);
    expect(await stop()).toBe(200);
    await delivered(simulator);
    expect(recordings.notices.map(({ eventType }) => eventType)).toEqual([30, 40, 43, 44, 42, 4, 41, 33, 33, 31, 11]);
    expect(recordings.notices.map(({ payload }) => payload.sequence)).toEqual(recordings.notices.map((_, at) => at));
    expect(people.notices.map(({ productId, eventType }) => [productId, eventType])).toEqual([
      [1, 103],
      [1, 103],
      [1, 104],
    ]);
    expect(recordings.connectionCount()).toBeLessThanOrEqual(2);
  });

  test("that fails in every way gets the same notification four times, then the next one; nothing else waits for it", async () => {
    const fail: Conduct = (response) => void response.writeHead(500).end("{}");
    const text: Conduct = (response) => void response.writeHead(200).end("<html>");
    const breakOff: Conduct = (response) => void response.socket?.destroy();
    await using receiver = await startReceiver([hang, fail, text, breakOff]);
    const lines: string[] = [];
    await using simulator = await startWith([{ productId: 3, url: receiver.url, secret }], {
      onHistoryLine: (line) => lines.push(line),
    });
    const stop = await record(simulator, "room", "7");
    expect(await stop()).toBe(206);
    expect((await simulator.client.state()).pendingNotifications).toBe(4);
    await delivered(simulator);
    const [first, ...again] = receiver.notices.slice(0, 4);
    expect(again.map(({ noticeId }) => noticeId)).toEqual(again.map(() => first?.noticeId));
    const sentAtMs = receiver.notices.slice(0, 4).map(({ notifyMs }) => notifyMs);
    expect(new Set(sentAtMs.slice(1)).size).toBe(3);
    expect(sentAtMs).toEqual(sentAtMs.toSorted((a, b) => a - b));
    expect(receiver.notices.slice(4).map(({ eventType }) => eventType)).toEqual([40, 41, 11]);
    const attempts = lines.filter((line) => line.includes(`"kind":"webhook"`)).slice(0, 4);
    const failures = attempts.map((line) => /"failure":"(\w+)"/.exec(line)?.[1]);
    expect(failures).toEqual(["timeout", "status", "body", "network"]);
    expect(lines.join()).not.toContain(secret);
  });

  test("may take its time, up to the limit", async () => {
    const slow: Conduct = (response) => void setTimeout(() => take(response), 600);
    await using receiver = await startReceiver([slow, slow]);
    await using simulator = await startWith([{ productId: 3, url: receiver.url, secret }]);
    await record(simulator, "room", "7");
    await delivered(simulator);
    expect(receiver.notices.map(({ eventType }) => eventType)).toEqual([30, 40]);
  });

  test("that hangs does not keep the simulator from closing", async () => {
    await using receiver = await startReceiver([hang, hang]);
    const simulator = await startWith([{ productId: 3, url: receiver.url, secret }], {
      durations: { webhookLimitMs: 600_000 },
    });
    await record(simulator, "room", "7");
    await vi.waitFor(() => expect(receiver.notices).toHaveLength(1), 5_000);
    await simulator.close();
  });
});

test("the check of the console says 200, 590, 591 or 592, event by event", async () => {
  const folder = await mkdtemp(join(tmpdir(), "webhook-"));
  await using well = await startReceiver();
  await using text = await startReceiver(
    Array.from({ length: 40 }, (): Conduct => (response) => void response.end("ok")),
  );
  const secure = createHttpsServer(await makeCertificate(folder), (_request, response) => {
    take(response);
  });
  await once(secure.listen(0, "127.0.0.1"), "listening");
  const port = portOf(secure.address());
  try {
    await using simulator = await startWith([
      { productId: 1, url: well.url, secret },
      { productId: 3, url: text.url, secret, eventTypes: [40] },
      { productId: 3, url: "http://no-such-name.invalid/ncs", secret, eventTypes: [40] },
      { productId: 3, url: `https://127.0.0.1:${String(port)}/ncs`, secret, eventTypes: [40] },
    ]);
    const response = await fetch(`${simulator.baseUrl}/admin/webhooks/check`, { method: "POST" });
    const answer = z
      .object({ webhooks: z.array(z.object({ events: z.array(z.object({ code: z.number() })) })) })
      .parse(await response.json());
    const codes = answer.webhooks.map(({ events }) => [...new Set(events.map(({ code }) => code))]);
    expect(codes).toEqual([[200], [590], [591], [592]]);
    expect(well.notices).toHaveLength(10);
    for (const { payload } of well.notices)
      expect(payload).toMatchObject({ channelName: "test_webhook", uid: 12_121_212 });
  } finally {
    await new Promise((resolve) => secure.close(resolve));
    await rm(folder, { recursive: true });
  }
});

test.each([
  ["unknownIds", { cname: "test_webhook", uid: "12121212", sid: "0".repeat(32), serviceType: 1 }],
  ["emptyPayload", {}],
] as const)("test events of product 3 are as recordingTestEvents %s says", async (recordingTestEvents, expected) => {
  await using receiver = await startReceiver();
  await using simulator = await startWith([{ productId: 3, url: receiver.url, secret, eventTypes: [40] }], {
    switches: { recordingTestEvents },
  });
  await fetch(`${simulator.baseUrl}/admin/webhooks/check`, { method: "POST" });
  const payloads = receiver.notices.map(({ payload }) => payload);
  expect(payloads).toHaveLength(1);
  expect(payloads[0]).toMatchObject(expected);
  expect(Object.keys(payloads[0] ?? {}).length > 0).toBe(recordingTestEvents === "unknownIds");
});
