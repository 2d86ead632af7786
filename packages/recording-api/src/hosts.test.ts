import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { agoraHosts } from "./agora-hosts.ts";
import { ApiConfigError } from "./api-config-error.ts";
import { testAppId, testClient, testClientRequest } from "./testing/test-client.ts";
import { closedPortUrl, serveHttp, serveTcp } from "./testing/test-server.ts";

// Real servers: one that answers, and ones that are dead in each of the ways a host can be.

const session = { resourceId: "r", sid: "s", mode: "mix" } as const;
const acquire = { channelName: "class-101", uid: 7, mode: "mix" } as const;
const start = { ...acquire, resourceId: "r", clientRequest: testClientRequest };
const timeouts = { acquireMs: 120, startMs: 120, queryMs: 120, updateMs: 120, stopMs: 120 };
const neverAgain = { failuresMax: 3, pausesMs: [600_000] };

function serveWell(): ReturnType<typeof serveHttp> {
  return serveHttp((_request, response) => response.end(`{"resourceId":"r","sid":"s","serverResponse":{"status":5}}`));
}

describe("the answer of acquire names its host", () => {
  test("and start goes to that one and nowhere else, whichever host is preferred meanwhile", async () => {
    await using well = await serveWell();
    await using other = await serveWell();
    const client = testClient({ baseUrl: other.baseUrl, hosts: { second: well.baseUrl } });
    expect(await client.acquire(acquire)).toMatchObject({ outcome: "ok", host: other.baseUrl });
    expect(await client.start({ ...start, host: well.baseUrl })).toMatchObject({ outcome: "ok", host: well.baseUrl });
    expect(well.received.map(({ path }) => path.split("/").at(-1))).toEqual(["start"]);
    expect(other.received.map(({ path }) => path.split("/").at(-1))).toEqual(["acquire"]);
    await client.close();
  });

  test("and a start whose host is dead is never sent to another one", async () => {
    await using well = await serveWell();
    const dead = await closedPortUrl();
    const client = testClient({ baseUrl: dead, hosts: { second: well.baseUrl, circuit: neverAgain } });
    for (let sends = 0; sends < 20; sends += 1) {
      expect(await client.start({ ...start, host: dead })).toMatchObject({
        outcome: "again",
        ambiguous: false,
        host: dead,
        reason: "unreachable",
      });
    }
    expect(well.received).toEqual([]);
    await client.close();
  });

  test("and a start without one goes to the first host, however often it is repeated", async () => {
    await using well = await serveWell();
    const client = testClient({ baseUrl: await closedPortUrl(), hosts: { second: well.baseUrl } });
    for (let sends = 0; sends < 5; sends += 1) {
      expect(await client.start(start)).toMatchObject({ outcome: "again", ambiguous: false });
    }
    expect(well.received).toEqual([]);
    await client.close();
  });

  test("and a start for a host that this client does not have is refused: credentials go nowhere unknown", async () => {
    await using well = await serveWell();
    const client = testClient({ baseUrl: "https://api.agora.io" });
    const attempt = client.start({ ...start, host: well.baseUrl });
    await expect(attempt).rejects.toBeInstanceOf(ApiConfigError);
    await expect(attempt).rejects.toThrow(
      `start: host is "${well.baseUrl}", expected one of this client's hosts: https://api.agora.io`,
    );
    expect(well.received).toEqual([]);
    await client.close();
  });
});

describe("acquire follows Agora's fail-over", () => {
  test("from a host that refuses connections: once more there, then the next one", async () => {
    await using well = await serveWell();
    const dead = await closedPortUrl();
    const client = testClient({ baseUrl: dead, hosts: { second: well.baseUrl } });
    const hosts: (string | undefined)[] = [];
    for (let sends = 0; sends < 4; sends += 1) hosts.push((await client.acquire(acquire)).host);
    expect(hosts).toEqual([dead, dead, well.baseUrl, well.baseUrl]);
    await client.close();
  });

  test("from a host that takes requests and never answers", async () => {
    await using hanging = await serveTcp((socket) => socket.resume());
    await using well = await serveWell();
    const client = testClient({ baseUrl: hanging.baseUrl, hosts: { second: well.baseUrl }, timeouts });
    const reasons: string[] = [];
    for (let sends = 0; sends < 3; sends += 1) reasons.push((await client.acquire(acquire)).reason);
    expect(reasons).toEqual(["timeout", "timeout", "ok"]);
    await client.close();
  });

  test("from a host that resets connections to a regional one, past the other domain", async () => {
    await using resetting = await serveTcp((socket) => socket.on("data", () => socket.resetAndDestroy()));
    await using second = await serveWell();
    await using regional = await serveWell();
    const hosts = { second: second.baseUrl, regional: [regional.baseUrl] };
    const client = testClient({ baseUrl: resetting.baseUrl, hosts });
    for (let sends = 0; sends < 3; sends += 1) await client.acquire(acquire);
    expect([regional.received.length, second.received.length]).toEqual([1, 0]);
    await client.close();
  });

  test("from a host whose name cannot be resolved to the other domain, before any regional one", async () => {
    await using second = await serveWell();
    await using regional = await serveWell();
    const hosts = { second: second.baseUrl, regional: [regional.baseUrl] };
    const client = testClient({ baseUrl: "http://agora.invalid", hosts });
    for (let sends = 0; sends < 3; sends += 1) await client.acquire(acquire);
    expect([regional.received.length, second.received.length]).toEqual([0, 1]);
    await client.close();
  });

  test("not from a host that is slow but answers, nor from one that answers 503", async () => {
    await using slow = await serveHttp((_request, response) => {
      setTimeout(() => response.writeHead(503).end(), 30);
    });
    await using well = await serveWell();
    const client = testClient({ baseUrl: slow.baseUrl, hosts: { second: well.baseUrl } });
    for (let sends = 0; sends < 6; sends += 1) expect((await client.acquire(acquire)).httpStatus).toBe(503);
    expect(well.received).toEqual([]);
    await client.close();
  });
});

describe("query, update and stop prefer the host of their recording", () => {
  test("and reach another one when that fails", async () => {
    await using well = await serveWell();
    await using second = await serveWell();
    const client = testClient({ baseUrl: well.baseUrl, hosts: { second: second.baseUrl } });
    expect(await client.query({ ...session, host: second.baseUrl })).toMatchObject({ host: second.baseUrl });
    await second[Symbol.asyncDispose]();
    const hosts: (string | undefined)[] = [];
    for (let sends = 0; sends < 3; sends += 1) {
      hosts.push((await client.stop({ ...session, ...acquire, host: second.baseUrl })).host);
    }
    expect(hosts).toEqual([second.baseUrl, second.baseUrl, well.baseUrl]);
    await client.close();
  });
});

describe("under 1,000 calls", () => {
  const dying: Readonly<Record<string, () => Promise<Awaited<ReturnType<typeof serveTcp>>>>> = {
    "that resets every connection": () => serveTcp((socket) => socket.on("data", () => socket.resetAndDestroy())),
    "that closes every connection at once": () => serveTcp((socket) => socket.destroy()),
  };

  test.each(Object.entries(dying))("a host %s sees no more than failuresMax and its probes", async (_name, serve) => {
    await using dead = await serve();
    let nowMs = 0;
    const circuit = { failuresMax: 5, pausesMs: [100] };
    const client = testClient({ baseUrl: dead.baseUrl, hosts: { circuit }, clock: { monotonicMs: () => nowMs } });
    for (let calls = 0; calls < 1_000; calls += 1) {
      nowMs = calls;
      expect(await client.query(session)).toMatchObject({ outcome: "unknown", reason: "unreachable" });
    }
    await client.close();
    expect(dead.connectionCount()).toBeGreaterThan(5 + 5);
    expect(dead.connectionCount()).toBeLessThanOrEqual(5 + 10);
  });

  test("a host that hangs is left to itself, and the others answer", async () => {
    await using hanging = await serveTcp((socket) => socket.resume());
    await using well = await serveWell();
    const hosts = { second: well.baseUrl, circuit: neverAgain };
    // Long enough that the host which answers is in time on a busy machine too.
    const client = testClient({ baseUrl: hanging.baseUrl, hosts, timeouts: { ...timeouts, queryMs: 1_500 } });
    const outcomes: string[] = [];
    for (let calls = 0; calls < 1_000; calls += 1) {
      outcomes.push((await client.query({ ...session, host: hanging.baseUrl })).outcome);
      await setImmediate();
    }
    await client.close();
    expect(hanging.connectionCount()).toBe(2);
    expect(outcomes.filter((outcome) => outcome === "alive")).toHaveLength(998);
    expect(well.connectionCount()).toBe(1);
  });
});

describe("hosts as options", () => {
  test("have Agora's names and order for each area", () => {
    expect(agoraHosts("eu")).toEqual({
      baseUrl: "https://api.agora.io",
      second: "https://api.sd-rtn.com",
      regional: [
        "https://api-eu-west-1.agora.io",
        "https://api-eu-west-1.sd-rtn.com",
        "https://api-eu-central-1.agora.io",
        "https://api-eu-central-1.sd-rtn.com",
      ],
    });
    expect(agoraHosts("cn")).toMatchObject({ baseUrl: "https://api.sd-rtn.com", second: "https://api.agora.io" });
  });

  test("put the region of your bucket before every path when asked to", async () => {
    await using well = await serveWell();
    const client = testClient({ baseUrl: `${well.baseUrl}/`, hosts: { regionSegment: "eu" } });
    expect(await client.acquire(acquire)).toMatchObject({ host: well.baseUrl });
    expect(well.received[0]?.path).toBe(`/eu/v1/apps/${testAppId}/cloud_recording/acquire`);
    await client.close();
  });

  test("that are written twice are one host", async () => {
    const dead = await closedPortUrl();
    await using well = await serveWell();
    const client = testClient({ baseUrl: dead, hosts: { second: `${dead}/`, regional: [dead, well.baseUrl] } });
    for (let sends = 0; sends < 3; sends += 1) await client.acquire(acquire);
    expect(well.received).toHaveLength(1);
    await client.close();
  });

  test.each([
    [{ second: "http://api.sd-rtn.com" }, "hosts.second"],
    [{ regional: ["https://a.example", "b.example"] }, "hosts.regional.1"],
    [{ circuit: { failuresMax: 0 } }, "hosts.circuit.failuresMax is 0"],
    [{ circuit: { pausesMs: [] } }, "hosts.circuit.pausesMs"],
  ])("are refused when they cannot work: %j", (hosts, message) => {
    expect(() => testClient({ baseUrl: "https://api.agora.io", hosts })).toThrow(message);
  });
});
