import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startSupervisor, type Supervisor } from "@autorec/devstack";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openBareRedis, testRedisUrl } from "../support/redis.ts";
import { deploymentOfTest } from "../support/service-deployment.ts";
import { runService, serveAndEnd, type ServiceEnvironment } from "../support/service-process.ts";

const user = { name: `autorec-${randomUUID()}`, password: `P4ss/w@rd-${randomUUID()}` } as const;
/** All that autorec needs, and nothing that reaches beyond its keys; production's ACL may be the same. */
const rights = [
  "resetchannels",
  "-@all",
  "+@read",
  "+@write",
  "+@scripting",
  "+@connection",
  "+time",
  "+info",
] as const;
const folder = mkdtempSync(join(tmpdir(), "autorec-redis-acl-tls-"));
const passwordFile = join(folder, "password");
writeFileSync(passwordFile, `${user.password}\n`);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The address of a Redis with the name of our user in front of the host, without a password. */
function urlWithUser(address: string, name: string = user.name): string {
  const url = new URL(address);
  url.username = name;
  url.password = "";
  return url.href;
}

async function expectReadyAndEnd(role: "consumer" | "watchdog", env: ServiceEnvironment): Promise<void> {
  const { code, output } = await serveAndEnd(role, env);
  expect(code).toBe(0);
  expect(output).not.toContain(user.password);
  // A right that is missing would show here: the process goes on, with commands that Redis refuses.
  expect(output).not.toMatch(/NOPERM|REC_REDIS_REFUSED/);
}

describe("an ACL user", () => {
  const admin = openBareRedis();
  const allow = (name: string, prefix: string): Promise<unknown> =>
    admin.acl("SETUSER", name, "reset", "on", `>${user.password}`, `~${prefix}:*`, ...rights);
  afterAll(async () => {
    await admin.acl("DELUSER", user.name);
    await admin.quit();
  });

  test.each(["consumer", "watchdog"] as const)(
    "with a password in a file and rights for autorec's keys alone is enough for a %s",
    async (role) => {
      const { env, prefix } = await deploymentOfTest();
      await allow(user.name, prefix);
      const redis = { REDIS_URL: urlWithUser(testRedisUrl()), REDIS_PASSWORD_FILE: passwordFile };
      await expectReadyAndEnd(role, { ...env, ...redis });
    },
  );

  test.each([
    ["a wrong password", (prefix: string) => allow(user.name, prefix), "another-password"],
    ["rights for other keys only", () => allow(user.name, "somebody-else"), user.password],
  ])("with %s ends the process at once, with exit code 6 and what to look at", async (_what, prepare, password) => {
    const { env, prefix } = await deploymentOfTest();
    await prepare(prefix);
    const file = join(folder, "other-password");
    writeFileSync(file, password);
    const redis = { REDIS_URL: urlWithUser(testRedisUrl()), REDIS_PASSWORD_FILE: file };
    const { code, output } = await runService("watchdog", { ...env, ...redis });
    expect(code).toBe(6);
    expect(output).toMatch(/^error REC_REDIS_REFUSED .*check REDIS_URL and the ACL of its user/m);
    expect(output).not.toContain(password);
  });
});

describe("a Redis that talks TLS only", () => {
  const caFile = join(folder, "redis.pem");
  let supervisor: Supervisor;
  let missing: string | undefined;
  let url = "";

  beforeAll(async () => {
    supervisor = await startSupervisor();
    try {
      url = await startTlsRedis(supervisor, caFile);
    } catch (err) {
      missing = err instanceof Error ? err.message : "it did not start";
      if (!isMissing(missing)) throw err;
    }
  });
  afterAll(() => supervisor.end());
  beforeEach(({ skip }) => {
    skip(missing !== undefined, `openssl and a redis-server on the path that can TLS are needed: ${missing ?? ""}`);
  });

  test("is reached with rediss://, its certificate in REDIS_TLS_CA_FILE and an ACL user", async () => {
    const { env } = await deploymentOfTest();
    const redis = { REDIS_URL: url, REDIS_PASSWORD_FILE: passwordFile, REDIS_TLS_CA_FILE: caFile };
    await expectReadyAndEnd("watchdog", { ...env, ...redis });
  });

  test("is not trusted without its certificate, and the process says why it waits", async () => {
    const { env } = await deploymentOfTest();
    const redis = { REDIS_URL: url, REDIS_PASSWORD_FILE: passwordFile };
    const { code, output } = await runService("watchdog", { ...env, ...redis, STARTUP_WAIT_MS: "1000" });
    expect(code).toBe(5);
    expect(output).toMatch(
      /^error REC_REDIS_UNREACHABLE .*self-signed certificate.*REDIS_TLS_CA_FILE names the certificates to trust/m,
    );
  });
});

/** Starts it on a free port of the loopback with our user as the only one; answers its address without the password. */
async function startTlsRedis(supervisor: Supervisor, caFile: string): Promise<string> {
  const keyFile = join(folder, "redis.key");
  const subject = ["-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await promisify(execFile)("openssl", ["req", "-x509", ...curve, ...subject, "-keyout", keyFile, "-out", caFile]);
  const port = await portOfLoopback();
  const settings = [
    ["--port", "0", "--bind", "127.0.0.1", "--save", "", "--dir", supervisor.folder],
    ["--tls-port", String(port), "--tls-cert-file", caFile, "--tls-key-file", keyFile, "--tls-auth-clients", "no"],
    ["--user", "default", "off", "--user", user.name, "on", `>${user.password}`, "~*", ...rights],
  ];
  const redis = await supervisor.run({ name: "redis-tls", command: "redis-server", args: settings.flat() });
  const client = new Redis({
    ...{ host: "127.0.0.1", port, username: user.name, password: user.password, lazyConnect: true },
    ...{ tls: { ca: readFileSync(caFile) }, enableReadyCheck: false, retryStrategy: () => undefined },
  });
  client.on("error", () => undefined);
  try {
    await vi.waitFor(
      async () => {
        redis.requireAlive();
        await client.connect();
      },
      { timeout: 15_000, interval: 50 },
    );
  } finally {
    client.disconnect();
  }
  return urlWithUser(`rediss://127.0.0.1:${String(port)}`);
}

/** No program of this name, or a redis-server that was built without TLS. */
function isMissing(reason: string): boolean {
  return /ENOENT|Bad directive|without TLS|TLS not supported/i.test(reason);
}

async function portOfLoopback(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
