import { createServer } from "node:net";
import { once } from "node:events";
import { createProducer } from "@autorec/service-kit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { deletePrefix, openBareRedis } from "../support/redis.ts";
import { openDeployment, silentKafka } from "../support/service-deployment.ts";
import type { ServiceDeployment } from "../support/service-deployment.ts";
import { runService, startService } from "../support/service-process.ts";

const patience = { timeout: 60_000, interval: 50 } as const;

function without(env: Readonly<Record<string, string>>, name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter(([key]) => key !== name));
}

describe("a deployment that has worked before", () => {
  let deployment: ServiceDeployment;
  beforeAll(async () => {
    deployment = await openDeployment();
    const consumer = startService("consumer", deployment.env);
    try {
      await consumer.ready();
      await joinOne(deployment);
      // Nobody answers for Agora, so the attempt stays open.
      await vi.waitFor(() => expect(consumer.output()).toContain('"msg":"attempt claimed"'), patience);
      consumer.signal("SIGTERM");
      expect(await consumer.ended).toBe(0);
    } finally {
      consumer.signal("SIGKILL");
    }
  });
  afterAll(() => deployment.remove());

  test("another number of shards is refused, with both numbers and what to do", async () => {
    const { code, output } = await runService("watchdog", { ...deployment.env, AUTOREC_SHARDS: "8" });
    expect(code).toBe(6);
    expect(output).toContain(
      "error REC_SHARDS_DIFFER  AUTOREC_SHARDS is 8, but this Redis was set up with 16: set it to 16, or use another AUTOREC_KEY_PREFIX",
    );
  });

  test("an app that is gone from the policy while its recordings are open is refused", async () => {
    const { code, output } = await runService("watchdog", { ...deployment.env, AGORA_APP_ID: "f".repeat(32) });
    expect(code).toBe(6);
    expect(output).toMatch(
      /error REC_APP_GONE {2}1 channels of apps .* have open recordings, first .*\/room: put the app back/,
    );
  });

  test("a port that somebody has is refused, with the address and what to do", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    try {
      const { code, output } = await runService("watchdog", { ...deployment.env, HTTP_PORT: port });
      expect(code).toBe(6);
      expect(output).toContain(`error REC_HTTP_PORT  cannot listen on 127.0.0.1:${port}: `);
      expect(output).toContain("free the port or set HTTP_PORT=0");
    } finally {
      server.close();
    }
  });

  test("an empty Redis beside a journal that cannot be read opens nothing, until somebody says that it is meant", async () => {
    await journalOne(deployment);
    const redis = openBareRedis();
    await deletePrefix(redis, deployment.prefix);
    const consumer = startService("consumer", deployment.env);
    try {
      await vi.waitFor(() => {
        expect(consumer.output()).toContain('"state":"lost"');
        expect(consumer.output()).toContain('"code":"REC_STATE_LOST"');
        expect(consumer.output()).toContain("and 1 values of recording.snapshots cannot be read");
        expect(consumer.output()).toContain("AUTOREC_ACCEPT_EMPTY_REDIS=1");
      }, patience);
      expect((await fetch(new URL("/readyz", await consumer.url()))).status).toBe(503);
    } finally {
      consumer.signal("SIGTERM");
    }
    expect(await consumer.ended).toBe(0);
    expect(await redis.exists(`${deployment.prefix}:ready:{0}`)).toBe(0);
    redis.disconnect();

    const accepted = startService("watchdog", { ...deployment.env, AUTOREC_ACCEPT_EMPTY_REDIS: "1" });
    try {
      await accepted.ready();
    } finally {
      accepted.signal("SIGTERM");
    }
    expect(await accepted.ended).toBe(0);
    // It is a consent for once: now there is a state, and it is found without it.
    const next = startService("watchdog", without(deployment.env, "AUTOREC_ACCEPT_EMPTY_REDIS"));
    try {
      await next.ready();
      expect(next.output()).toContain('"state":"known"');
    } finally {
      next.signal("SIGTERM");
    }
    expect(await next.ended).toBe(0);
  });
});

async function produce(topic: string, key: string, value: object): Promise<void> {
  const producer = createProducer(silentKafka());
  await producer.connect();
  await producer.send({ topic, messages: [{ key, value: JSON.stringify(value) }] });
  await producer.disconnect();
}

function joinOne({ prefix, secrets }: ServiceDeployment): Promise<void> {
  return produce(`${prefix}.rtc.channel-events`, "room", {
    schemaVersion: 1,
    type: "participant.joined",
    appId: secrets.appId,
    channelName: "room",
    uid: 7,
    clientSeq: 1,
    atMs: Date.now(),
  });
}

function journalOne({ prefix, secrets }: ServiceDeployment): Promise<void> {
  const key = `${secrets.appId}/room/1`;
  return produce(`${prefix}.recording.snapshots`, key, { schemaVersion: 1, rev: "1", attempt: { n: 1, st: "READY" } });
}
