import { afterEach, expect, test, vi } from "vitest";
import { AutorecError } from "./autorec-error.ts";
import { systemClock } from "./clock.ts";
import { type HttpServer, startHttpServer, type ReadinessCheck } from "./http-server.ts";
import { createLogger } from "./logger.ts";
import { createMetrics } from "./metrics.ts";

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(checks: Record<string, ReadinessCheck>, options: { port?: number; draining?: boolean } = {}) {
  const { log } = createLogger({
    service: "t",
    instanceId: "i",
    version: "v",
    level: "silent",
    stream: { write: () => undefined },
  });
  const metrics = createMetrics({
    version: "1.2.3",
    apps: ["a"],
    accounts: ["a"],
    scripts: ["claim"],
    processMetrics: false,
  });
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: options.port ?? 0,
    service: "consumer",
    log,
    clock: { ...systemClock, nowMs: () => 1_000 },
    checks,
    draining: () => options.draining ?? false,
    metrics: metrics.registry,
    checkMsMax: 30,
  });
  open.push(server);
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, init);
    return { status: response.status, text: await response.text() };
  };
  return { get, server };
}

test("a process that answers is alive whatever its dependencies do", async () => {
  const { get, server } = await start({ kafka: () => Promise.reject(new Error("gone")) });
  expect(server.port).toBeGreaterThan(0);
  expect(await get("/healthz")).toEqual({ status: 200, text: '{"status":"alive","service":"consumer"}\n' });
});

test("readiness says which check fails, why and since when, and 200 once all pass", async () => {
  const kafka = vi.fn<ReadinessCheck>(() => Promise.reject(new Error("connect redis://u:hidden-pass@h refused")));
  const { get } = await start({ kafka, redis: () => Promise.resolve(undefined) });
  const failed = await get("/readyz");
  expect(failed.status).toBe(503);
  expect(JSON.parse(failed.text)).toEqual({
    status: "not_ready",
    service: "consumer",
    checks: {
      kafka: { ok: false, reason: "connect redis://u:***@h refused", since: "1970-01-01T00:00:01.000Z" },
      redis: { ok: true },
    },
  });
  kafka.mockResolvedValue(undefined);
  expect((await get("/readyz")).status).toBe(200);
});

test("a check that hangs has failed when its time is over", async () => {
  const { get } = await start({ lag: () => new Promise(() => undefined) });
  const answer = await get("/readyz");
  expect(answer.status).toBe(503);
  expect(answer.text).toContain("no answer within 30 ms");
});

test("a draining process is not ready", async () => {
  const { get } = await start({}, { draining: true });
  const answer = await get("/readyz");
  expect(answer.status).toBe(503);
  expect(answer.text).toContain('"status":"draining"');
});

test("metrics are served, anything else is refused", async () => {
  const { get } = await start({});
  expect((await get("/metrics")).text).toContain('autorec_build_info{version="1.2.3"} 1');
  expect((await get("/nothing")).status).toBe(404);
  expect((await get("/healthz", { method: "POST" })).status).toBe(405);
});

test("a taken port is an error that names it", async () => {
  const { server } = await start({});
  await expect(start({}, { port: server.port })).rejects.toThrow(AutorecError);
  await expect(start({}, { port: server.port })).rejects.toThrow(`127.0.0.1:${server.port}`);
});
