import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { startDevstack } from "@autorec/devstack";
import { Redis } from "ioredis";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Everything here starts programs of this machine, whatever the other tests use.
const withoutDocker = mkdtempSync(join(tmpdir(), "autorec-no-docker-"));
const ownServices = { ...process.env, PATH: [withoutDocker, process.env["PATH"]].join(delimiter), REDIS_URL: "" };

let folder = "";
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "autorec-devstack-test-"));
  program(withoutDocker, "docker", "exit 1");
  lines.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(withoutDocker, { recursive: true, force: true });
});

function program(where: string, name: string, script: string): void {
  mkdirSync(where, { recursive: true });
  writeFileSync(join(where, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(where, name), 0o755);
}

function listens(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return ["/proc/net/tcp", "/proc/net/tcp6"].some((path) =>
    new RegExp(`:${hex} [0-9A-F]+:0000 0A`).test(execFileSync("cat", [path], { encoding: "utf8" })),
  );
}

function portOf(address: string): number {
  return Number(address.split(":").at(-1));
}

test("a restarted broker has the same port and the same data", async () => {
  const devstack = await startDevstack({ log, redis: false, ownBroker: true, env: ownServices });
  try {
    const admin = new Kafka({ brokers: [devstack.kafkaBrokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "kept" }] });
    await devstack.stopKafka();
    expect(listens(portOf(devstack.kafkaBrokers))).toBe(false);
    await devstack.startKafka();
    expect(await admin.listTopics()).toContain("kept");
    await admin.disconnect();
  } finally {
    await devstack.stop();
  }
  expect(listens(portOf(devstack.kafkaBrokers))).toBe(false);
  expect(lines.join("\n")).not.toContain("ended by itself");
});

test("a parent that dies by SIGKILL leaves no program and no folder behind", async () => {
  const script = `
    import { startDevstack } from "@autorec/devstack";
    const devstack = await startDevstack({ ownBroker: true, log: () => undefined });
    process.stdout.write(devstack.kafkaBrokers + " " + devstack.redisUrl + "\\n");
    setInterval(() => undefined, 1000);`;
  const env = { ...ownServices, TMPDIR: folder };
  const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    cwd: import.meta.dirname,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await new Promise<string>((resolve) => parent.stdout.once("data", (chunk) => resolve(String(chunk))));
  const ports = said.trim().split(" ").map(portOf);
  expect(ports.map(listens)).toEqual([true, true]);
  expect(readdirSync(folder)).toHaveLength(1);

  parent.kill("SIGKILL");
  await vi.waitFor(() => expect(ports.map(listens)).toEqual([false, false]), { timeout: 10_000 });
  await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]), { timeout: 10_000 });
});

test("where the path has only an old Redis, the one of Maven Central is used, and made again when damaged", async () => {
  program(join(folder, "old"), "redis-server", `echo "Redis server v=5.0.0"`);
  const cache = join(folder, "cache", "autorec");
  const env = {
    ...ownServices,
    PATH: [join(folder, "old"), ownServices.PATH].join(delimiter),
    XDG_CACHE_HOME: join(folder, "cache"),
  };
  const versionOf = async (): Promise<string> => {
    const devstack = await startDevstack({ log, kafka: false, env });
    const redis = new Redis(devstack.redisUrl);
    const info = await redis.info("server");
    redis.disconnect();
    await devstack.stop();
    return /redis_version:(\S+)/.exec(info)?.[1] ?? "";
  };
  expect(await versionOf()).toMatch(/^6\.2\./);

  const cached = readdirSync(cache).filter((name) => !name.endsWith(".json"));
  expect(cached).toHaveLength(1);
  truncateSync(join(cache, cached.join(), "redis-server"), 1_000_000);
  expect(await versionOf()).toMatch(/^6\.2\./);
  expect(lines.filter((line) => line.includes("damaged"))).toHaveLength(1);
});

test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "a full disk is named, with its size and what to do",
  async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]);
    try {
      const script = `
      import { startDevstack } from "@autorec/devstack";
      await startDevstack({ ownBroker: true, log: () => undefined }).catch((err) => process.stdout.write(err.message));`;
      const env = { ...ownServices, TMPDIR: folder };
      const said = execFileSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
        cwd: import.meta.dirname,
        env,
        encoding: "utf8",
      });
      expect(said).toMatch(/the disk is full: .* has \d MiB free, devstack needs 100 MiB there; .* TMPDIR/);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      execFileSync("umount", [folder]);
    }
  },
);

test("given addresses that do not answer are named, and no other service is started instead", async () => {
  const env = { ...ownServices, KAFKA_BROKERS: "127.0.0.1:1", REDIS_URL: "redis://user:secret@127.0.0.1:1" };
  const kafka = startDevstack({ log, redis: false, env });
  const redis = startDevstack({ log, kafka: false, env });
  await Promise.allSettled([kafka, redis]);
  await expect(kafka).rejects.toThrow(/^KAFKA_BROKERS=127\.0\.0\.1:1: .* did not answer within 10000 ms; start it/);
  await expect(redis).rejects.toThrow(/^REDIS_URL: Redis at redis:\/\/\*\*\*@127\.0\.0\.1:1 did not answer/);
});

test("two at once share the downloads and nothing else", async () => {
  const stacks = await Promise.all([1, 2].map(() => startDevstack({ log, kafka: false, env: ownServices })));
  expect(new Set(stacks.map((stack) => stack.redisUrl)).size).toBe(2);
  const [first, second] = stacks;
  await first?.stop();
  const redis = new Redis(second?.redisUrl ?? "");
  expect(await redis.ping()).toBe("PONG");
  redis.disconnect();
  await second?.stop();
});
