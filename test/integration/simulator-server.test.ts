import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createSimulatorClient, type SimulatorSettingsInput, startSimulator } from "@autorec/simulator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const appId = "0123456789abcdef0123456789abcdef";
const secrets = ["planted-customer-secret", "5cfd2fd1755d40ecb72977518be15d3b", "planted-token", "planted-storage-key"];
const settings: SimulatorSettingsInput = {
  profile: "fast",
  accounts: [
    {
      customerId: "customer",
      customerSecret: "planted-customer-secret",
      requestsPerSecond: 1_000,
      apps: [{ appId, appCertificate: "5cfd2fd1755d40ecb72977518be15d3b" }],
    },
  ],
  client: { leaseMs: 6_000, confirmStepsMs: [500] },
};
const authorization = `Basic ${Buffer.from("customer:planted-customer-secret").toString("base64")}`;
const main = new URL("../../packages/simulator/src/main.ts", import.meta.url).pathname;

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "simulator-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function post(baseUrl: string, path: string, body: unknown): Promise<Response> {
  const headers = {
    authorization,
    "content-type": "application/json;charset=utf-8",
    "user-agent": "autorec/0.1.0 consumer-1",
  };
  return fetch(`${baseUrl}/v1/apps/${appId}/cloud_recording/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
}

const acquireBody = { cname: "room", uid: "4000000001", clientRequest: {} };

async function acquire(baseUrl: string): Promise<string> {
  const answer: unknown = await (await post(baseUrl, "acquire", acquireBody)).json();
  if (typeof answer !== "object" || answer === null || !("resourceId" in answer)) throw new Error("no resourceId");
  return String(answer.resourceId);
}

function start(baseUrl: string, resourceId: string): Promise<Response> {
  const storageConfig = {
    vendor: 1,
    region: 0,
    bucket: "b",
    accessKey: "planted-storage-key",
    secretKey: "planted-storage-key",
  };
  const clientRequest = { token: "planted-token", recordingConfig: { channelType: 0 }, storageConfig };
  return post(baseUrl, `resourceid/${resourceId}/mode/mix/start`, { ...acquireBody, clientRequest });
}

describe("a simulator in this process", () => {
  test("answers over HTTP with a request id, takes orders, and writes a history without secrets", async () => {
    const historyPath = join(folder, "history.jsonl");
    const simulator = await startSimulator({ settings, historyPath, seed: 7 });
    const { baseUrl, client } = simulator;
    expect(await client.join({ channelName: "room", uid: 1 })).toBe("joined");
    expect(await client.join({ channelName: "room", uid: 1 })).toBe("already_there");
    const answered = await start(baseUrl, await acquire(baseUrl));
    expect(answered.status).toBe(200);
    expect(answered.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
    // The token is wrong, so Agora accepts the start and nothing comes of it.
    await client.waitFor("the refused start to die", ({ channels }) => channels[0]?.recorders.length === 0);
    await client.note({ note: "process-killed", role: "consumer", instanceId: "consumer-1" });
    await simulator.close();

    const text = await readFile(historyPath, "utf8");
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(lines.map((line) => (typeof line === "object" && line !== null && "seq" in line ? line.seq : 0))).toEqual(
      lines.map((_, index) => index + 1),
    );
    expect(lines[0]).toMatchObject({
      kind: "simulation-started",
      settings: { seed: 7, workers: 50, client: { leaseMs: 6_000 } },
    });
    expect(lines.at(-1)).toMatchObject({ kind: "note", note: "process-killed", instanceId: "consumer-1" });
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  test("a dropped connection looks like a reset, a hanging one like silence; both are recorded unanswered", async () => {
    const texts: string[] = [];
    await using simulator = await startSimulator({ settings, onHistoryLine: (line) => texts.push(line) });
    await simulator.client.fault({ fault: "lose-answer" });
    await expect(post(simulator.baseUrl, "acquire", acquireBody)).rejects.toThrow(/fetch failed/);
    await simulator.client.fault({ fault: "lose-request", how: "hang" });
    const headers = { authorization };
    const signal = AbortSignal.timeout(200);
    const url = `${simulator.baseUrl}/v1/apps/${appId}/cloud_recording/acquire`;
    await expect(fetch(url, { method: "POST", headers, signal, body: JSON.stringify(acquireBody) })).rejects.toThrow(
      /timeout/,
    );
    const requests = texts.filter((line) => line.includes(`"kind":"request"`));
    expect(requests.map((line) => /"applied":(\w+),"answered":(\w+)/.exec(line)?.slice(1))).toEqual([
      ["true", "false"],
      ["false", "false"],
    ]);
  });

  test("a caller that gave up before the answer is recorded as unanswered", async () => {
    const texts: string[] = [];
    await using simulator = await startSimulator({ settings, onHistoryLine: (line) => texts.push(line) });
    await simulator.client.fault({ fault: "delay", delayMs: 400 });
    const url = `${simulator.baseUrl}/v1/apps/${appId}/cloud_recording/acquire`;
    const signal = AbortSignal.timeout(100);
    const headers = { authorization, "content-type": "application/json" };
    await expect(fetch(url, { method: "POST", headers, signal, body: JSON.stringify(acquireBody) })).rejects.toThrow();
    await expect.poll(() => texts.at(-1)).toMatch(/"applied":true,"answered":false/);
  });

  test("a wrong order is refused with what was expected, and the client says so", async () => {
    await using simulator = await startSimulator({ settings });
    await expect(simulator.client.join({ channelName: "room", uid: 0 })).rejects.toThrow(/uid/);
    await expect(simulator.client.changeSettings({ switches: { nope: true } })).rejects.toThrow(/nope/);
    await expect(simulator.client.kill({})).rejects.toThrow(/channelName or sid/);
    expect(await simulator.client.kill({ channelName: "room" })).toBeUndefined();
  });
});

describe("a simulator as a process", () => {
  test("says where it listens; SIGKILL loses nothing that was answered", async () => {
    const { child, baseUrl, historyPath } = await launch();
    const client = createSimulatorClient(baseUrl);
    for (let uid = 1; uid <= 50; uid += 1) await client.join({ channelName: "room", uid });
    child.kill("SIGKILL");
    await once(child, "exit");
    const lines = (await readFile(historyPath, "utf8")).trimEnd().split("\n");
    expect(lines).toHaveLength(51);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ seq: 51, kind: "participant-joined", uid: 50 });
  });

  test("SIGTERM ends it with 0", async () => {
    const { child } = await launch();
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
  });

  test.each([
    [{ ...settings, nope: 1 }, /nope/],
    [{}, /accounts/],
  ])("wrong settings end it with 2 and their name", async (wrong, expected) => {
    const settingsPath = join(folder, "settings.json");
    await writeFile(settingsPath, JSON.stringify(wrong));
    const child = spawn(process.execPath, [main, "--settings", settingsPath, "--port", "0"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    await once(child, "close");
    expect(child.exitCode).toBe(2);
    expect(errors).toMatch(expected);
    expect(errors).not.toContain("planted");
  });
});

interface Launched {
  // eslint-disable-next-line no-restricted-syntax -- Node names a child without standard input by null
  readonly child: ChildProcessByStdio<null, Readable, null>;
  readonly baseUrl: string;
  readonly historyPath: string;
}

async function launch(): Promise<Launched> {
  const settingsPath = join(folder, "settings.json");
  const historyPath = join(folder, "history.jsonl");
  await writeFile(settingsPath, JSON.stringify(settings));
  const args = [main, "--settings", settingsPath, "--history", historyPath, "--port", "0", "--seed", "1"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(child.stdout)) {
    const baseUrl = /^simulator ready on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1];
    if (baseUrl === undefined) throw new Error(`unexpected first line: ${line}`);
    return { child, baseUrl, historyPath };
  }
  throw new Error("the simulator ended without a line");
}
