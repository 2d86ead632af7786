import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, startSimulator } from "@autorec/simulator";
import { ProxyAgent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { startAgoraFront, type AgoraFront } from "../support/agora-front.ts";
import { foreignFlows, type ForeignFlow } from "../support/foreign-flows.ts";

const appId = "0123456789abcdef0123456789abcdef";
const authorization = `Basic ${Buffer.from("customer:secret").toString("base64")}`;
const uids = (function* () {
  for (let uid = 900_000_001; ; uid += 1) yield String(uid);
})();

let folder = "";
let simulator: Simulator;
let front: AgoraFront;
let agent: ProxyAgent;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foreign-"));
  const account = { customerId: "customer", customerSecret: "secret", requestsPerSecond: 1_000, apps: [{ appId }] };
  simulator = await startSimulator({ settings: { profile: "fast", accounts: [account] } });
  await simulator.client.join({ channelName: "room", uid: 1 });
  front = await startAgoraFront(simulator.baseUrl, folder);
  agent = new ProxyAgent({ uri: front.proxyUrl, requestTls: { ca: await readFile(front.caFile, "utf8") } });
});
afterAll(async () => {
  await agent.close();
  await front[Symbol.asyncDispose]();
  await simulator.close();
  await rm(folder, { recursive: true });
});

const idsSchema = z.looseObject({ cname: z.literal("room"), uid: z.string(), resourceId: z.string() });
const startedSchema = idsSchema.extend({ sid: z.string().regex(/^[0-9a-f]{32}$/) });
const queriedSchema = startedSchema.extend({ serverResponse: z.looseObject({ status: z.number() }) });

/**
 * Bodies composed from the clients' published request types, with their headers, through TLS to the host names that they
 * have built in. The clients themselves are not run here.
 */
describe.each(foreignFlows)("$client: $flow", (flow) => {
  test("runs from acquire to stop", async () => {
    const uid = uids.next().value;
    const identity = { ...flow.bodyExtras, cname: "room", uid };
    const send = (method: "GET" | "POST", path: string, clientRequest?: object): Promise<unknown> =>
      call(flow, method, path, clientRequest === undefined ? undefined : { ...identity, clientRequest });

    const acquired = idsSchema.parse(await send("POST", "acquire", flow.acquire));
    const resource = `resourceid/${acquired.resourceId}`;
    const started = startedSchema.parse(await send("POST", `${resource}/mode/${flow.mode}/start`, flow.start));
    const at = (word: string): string => `${resource}/sid/${started.sid}/mode/${flow.mode}/${word}`;
    const query = async () => queriedSchema.parse(await send("GET", at("query"))).serverResponse;
    await vi.waitFor(async () => expect((await query()).status).toBe(5), { timeout: 10_000 });
    flow.queried.parse(await query());
    for (const [word, change] of flow.updates) startedSchema.parse(await send("POST", at(word), change));
    flow.stopped.parse(await send("POST", at("stop"), flow.stop));
  });
});

async function call(flow: ForeignFlow, method: "GET" | "POST", path: string, body: unknown): Promise<unknown> {
  const answer = await request(
    `https://${flow.host}${flow.pathPrefix ?? ""}/v1/apps/${appId}/cloud_recording/${path}`,
    {
      method,
      dispatcher: agent,
      headers: { ...flow.headers, authorization },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
  );
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${method} ${path} was answered ${String(answer.statusCode)} ${text}`);
  expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
  return JSON.parse(text);
}

test("the front lets nobody through to a host that is not Agora's", async () => {
  await expect(request("https://example.org/", { dispatcher: agent })).rejects.toThrow();
  expect(front.hosts).not.toContain("example.org");
});
