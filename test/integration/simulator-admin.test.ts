import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { OutgoingHttpHeaders } from "node:http2";
import { once } from "node:events";
import { connect } from "node:http2";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { adminTable, describeAdminApi, startSimulator } from "@autorec/simulator";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const appId = "0123456789abcdef0123456789abcdef";
const settings = {
  profile: "fast",
  accounts: [{ customerId: "customer", customerSecret: "a-secret", apps: [{ appId }] }],
} as const;
const inputs = { ...settings, accounts: settings.accounts.map((account) => ({ ...account, apps: [...account.apps] })) };

describe("the description of the admin API", () => {
  test("docs/simulator-openapi.json is what the schemas say", async () => {
    const text = `${JSON.stringify(describeAdminApi(adminTable), undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot("../../docs/simulator-openapi.json");
  });

  test("is valid OpenAPI 3.1 and names every route once", async () => {
    const description = describeAdminApi(adminTable);
    const validator = new Validator();
    expect(await validator.validate(structuredClone({ ...description }))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    const names = adminTable.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(15);
  });

  test("is answered by the simulator, and each of its GETs answers what it says", async () => {
    await using simulator = await startSimulator({ settings: inputs });
    for (const { path, method, answer } of adminTable) {
      if (method !== "GET") continue;
      const response = await fetch(`${simulator.baseUrl}${path}`);
      expect([path, response.status]).toEqual([path, 200]);
      expect([path, answer.safeParse(await response.json()).success]).toEqual([path, true]);
    }
  });
});

describe("orders that are wrong", () => {
  test.each([
    ["/admin/participants/join", `{"channelName":"room","uid":0}`, "uid is 0: "],
    ["/admin/participants/join", `{"channelName":"room"}`, "uid is missing: "],
    ["/admin/participants/join", `{"channelName":"room","uid":1,"colour":2}`, "colour, which nobody reads"],
    ["/admin/participants/leave", "leave", "no JSON"],
    ["/admin/participants/role", `[]`, "the body is []"],
    ["/admin/recorders/harm", `{"channelName":"room","harm":"hug"}`, `harm is "hug": expected one of "kill"`],
    ["/admin/recorders/kill", `{}`, "expected channelName or sid"],
    ["/admin/recorders/kill", `{"channelName":"room","appId":"x"}`, "appId x is not in the settings"],
    ["/admin/faults", `{"fault":"nope"}`, `fault is "nope": expected one of "lose-request"`],
    ["/admin/faults", `{"preset":"429","count":0}`, "count is 0"],
    ["/admin/notes", `{"note":""}`, "note is"],
    ["/admin/scenarios", "steps:\n  - { at: 1s, jump: {} }", "scenario:2:"],
  ])("%s %s is refused with what is wrong", async (path, body, words) => {
    await using simulator = await startSimulator({ settings: inputs });
    const response = await fetch(`${simulator.baseUrl}${path}`, { method: "POST", body });
    expect(response.status).toBe(400);
    expect(z.strictObject({ error: z.string() }).parse(await response.json()).error).toContain(words);
  });
});

describe("an answer", () => {
  test.each([
    ["kill", { channelName: "room" }, "no recorder in channel room is live; GET /admin/state tells who is where"],
    ["migrate", { sid: "abc" }, "no recorder with sid abc is live; GET /admin/state tells who is where"],
    ["harm", { channelName: "room", appId, harm: "silence" }, `no recorder in channel room of app ${appId} is live; `],
  ])("to %s %j is 404 and says that nobody is there", async (order, body, words) => {
    await using simulator = await startSimulator({ settings: inputs });
    const path = `/admin/recorders/${order}`;
    const response = await fetch(`${simulator.baseUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
    const { error } = z.strictObject({ error: z.string() }).parse(await response.json());
    expect([response.status, error.slice(0, words.length)]).toEqual([404, words]);
    const route = adminTable.find((each) => each.path === path);
    expect(route?.missing).toBe("No recorder is live there; nothing happened.");
  });

  test.each([
    ["GET", "/admin/stat", 404, "the admin API has no /admin/stat; it has POST /admin/participants/join, "],
    ["POST", "/admin", 404, "the admin API has no /admin; it has "],
    ["POST", "/admin/faults/a/b?x=1", 404, "the admin API has no /admin/faults/a/b; it has "],
    ["GET", "/admin/participants/join", 405, "/admin/participants/join is not for GET; expected POST"],
    ["PUT", "/admin/faults/fault-1", 405, "/admin/faults/fault-1 is not for PUT; expected DELETE"],
  ])("to %s %s is %i and says what there is", async (method, path, status, words) => {
    await using simulator = await startSimulator({ settings: inputs });
    const response = await fetch(`${simulator.baseUrl}${path}`, { method });
    expect(response.status).toBe(status);
    expect(
      z
        .strictObject({ error: z.string() })
        .parse(await response.json())
        .error.slice(0, words.length),
    ).toBe(words);
  });

  test("ends with a line break, whatever it is", async () => {
    await using simulator = await startSimulator({ settings: inputs });
    for (const path of ["/admin/state", "/admin/openapi.json", "/admin/nothing", "/healthz"]) {
      expect(await (await fetch(`${simulator.baseUrl}${path}`)).text()).toMatch(/\}\n$/);
    }
  });
});

test("a scenario is played, listed and stopped", async () => {
  await using simulator = await startSimulator({ settings: inputs });
  const body = `name: short
steps:
  - { join: { channelName: room, uid: 7 } }
  - { at: 1h, leave: { channelName: room, uid: 7 } }`;
  const answer = await fetch(`${simulator.baseUrl}/admin/scenarios`, { method: "POST", body });
  expect(await answer.json()).toMatchObject({ scenarioId: "scenario-1", steps: 2, lengthMs: 3_600_000 });
  expect((await simulator.client.state()).channels).toMatchObject([{ participants: [{ uid: 7 }] }]);
  const stopped = await fetch(`${simulator.baseUrl}/admin/scenarios/scenario-1`, { method: "DELETE" });
  expect(await stopped.json()).toEqual({ stopped: 1 });
  const list = await fetch(`${simulator.baseUrl}/admin/scenarios`);
  expect(await list.json()).toMatchObject({ scenarios: [{ name: "short", phase: "stopped", done: 1, failures: [] }] });
});

describe("over TLS", () => {
  let folder = "";
  let tls = { cert: "", key: "", port: 0 };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "simulator-tls-"));
    const page = readFileSync(new URL("../../docs/simulator.md", import.meta.url), "utf8");
    const [command = ""] = /^openssl (?:[^\n]*\\\n)*[^\n]*$/m.exec(page) ?? [];
    expect(command).toContain("keyout key.pem");
    execFileSync("sh", ["-c", command], { cwd: folder, stdio: "ignore" });
    tls = {
      cert: readFileSync(join(folder, "cert.pem"), "utf8"),
      key: readFileSync(join(folder, "key.pem"), "utf8"),
      port: 0,
    };
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  const path = `/v1/apps/${appId}/cloud_recording/acquire`;
  const authorization = `Basic ${Buffer.from("customer:a-secret").toString("base64")}`;
  const body = JSON.stringify({ cname: "room", uid: "900", clientRequest: {} });

  test("HTTP/1.1 and HTTP/2 are answered as plain HTTP is, under Agora's own name", async () => {
    await using simulator = await startSimulator({ settings: inputs, tls });
    expect(simulator.httpsUrl).toMatch(/^https:/);
    expect(await overHttp1(simulator.httpsUrl ?? "")).toMatchObject({
      status: 200,
      body: { cname: "room", uid: "900" },
    });
    expect(await overHttp2(simulator.httpsUrl ?? "")).toMatchObject({
      status: 200,
      body: { cname: "room", uid: "900" },
    });
  });

  const noRoute = { message: "no Route matched with those values" };
  test.each([
    ["CONNECT", { ":method": "CONNECT", ":authority": "api.agora.io:443" }, 400, { message: "Bad request" }],
    ["an expectation", { ":method": "GET", ":path": "/none", expect: "foo" }, 404, noRoute],
  ])("%s over HTTP/2 has the answer that it has over HTTP/1.1", async (_name, headers, status, said) => {
    await using simulator = await startSimulator({ settings: inputs, tls });
    const answer = await overHttp2(simulator.httpsUrl ?? "", headers);
    expect(answer).toMatchObject({ status, body: said });
    expect(answer.requestId).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([
    [true, "TLSv1.3"],
    [false, "TLSv1.2"],
  ])("TLS 1.3 is spoken unless a switch forbids it: %s, %s", async (tls13, version) => {
    await using simulator = await startSimulator({ settings: { ...inputs, switches: { tls13 } }, tls });
    const { hostname, port } = new URL(simulator.httpsUrl ?? "");
    const socket = connectTls({ host: hostname, port: Number(port), ca: tls.cert, servername: "api.agora.io" });
    await once(socket, "secureConnect");
    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
  });

  test("a connection is dropped there too", async () => {
    await using simulator = await startSimulator({ settings: inputs, tls });
    await simulator.client.fault({ preset: "drop-before", count: 2 });
    await expect(overHttp1(simulator.httpsUrl ?? "")).rejects.toThrow();
    await expect(overHttp2(simulator.httpsUrl ?? "")).rejects.toThrow();
    expect((await overHttp2(simulator.httpsUrl ?? "")).status).toBe(200);
  });

  test("a key that does not fit is an error at the start", async () => {
    const port = await freePort();
    await expect(startSimulator({ settings: inputs, port, tls: { ...tls, key: "no key" } })).rejects.toThrow();
    // Nothing is left open behind a start that failed.
    await using simulator = await startSimulator({ settings: inputs, port });
    expect(simulator.baseUrl).toBe(`http://127.0.0.1:${String(port)}`);
  });

  async function freePort(): Promise<number> {
    const simulator = await startSimulator({ settings: inputs });
    await simulator.close();
    return Number(new URL(simulator.baseUrl).port);
  }

  function overHttp1(url: string): Promise<{ readonly status: number; readonly body: unknown }> {
    return new Promise((resolve, reject) => {
      const options = {
        method: "POST",
        ca: tls.cert,
        servername: "api.agora.io",
        headers: { authorization, "content-type": "application/json" },
      };
      const call = request(`${url}${path}`, options, (response) => {
        let text = "";
        response.on("data", (chunk) => (text += String(chunk)));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
        });
      });
      call.on("error", reject).end(body);
    });
  }

  async function overHttp2(
    url: string,
    headers: OutgoingHttpHeaders = {
      ":method": "POST",
      ":path": path,
      authorization,
      "content-type": "application/json",
    },
  ): Promise<{ readonly status: number; readonly body: unknown; readonly requestId: unknown }> {
    const session = connect(url, { ca: tls.cert, servername: "api.agora.io" });
    try {
      return await new Promise((resolve, reject) => {
        session.on("error", reject);
        const stream = session.request(headers);
        let status = 0;
        let requestId: unknown;
        let text = "";
        stream.on("response", (answered) => {
          status = Number(answered[":status"]);
          requestId = answered["x-request-id"];
        });
        stream.on("data", (chunk) => (text += String(chunk)));
        stream.on("error", reject);
        stream.on("close", () => {
          if (status === 0) reject(new Error("closed without an answer"));
          else resolve({ status, body: JSON.parse(text), requestId });
        });
        if (headers[":method"] === "POST") stream.end(body);
        else stream.end();
      });
    } finally {
      session.close();
    }
  }
});
