import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startDevstack } from "./start-devstack.ts";

let empty = "";
beforeEach(() => {
  empty = mkdtempSync(join(tmpdir(), "autorec-bare-machine-"));
});
afterEach(() => {
  rmSync(empty, { recursive: true, force: true });
});

const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

test("a machine with nothing on it is told everything that would be enough, and is left as it was", async () => {
  const start = startDevstack({ log, env: { PATH: empty, XDG_CACHE_HOME: empty } });
  await expect(start).rejects.toThrow(/^Kafka could not be started:\n/);
  await expect(start).rejects.toThrow(/Docker: no engine answers/);
  await expect(start).rejects.toThrow(/no Java 17 or newer found/);
  await expect(start).rejects.toThrow(/apt-get install default-jre-headless maven/);
  await expect(start).rejects.toThrow(/KAFKA_BROKERS=host:port/);
  expect(readdirSync(empty, { recursive: true })).toEqual(["autorec"]);
});

test("for Redis alone the missing program and the switch that installs it are named", async () => {
  const start = startDevstack({ log, kafka: false, env: { PATH: empty, XDG_CACHE_HOME: empty } });
  await expect(start).rejects.toThrow(/no redis-server 6\.2 or newer on the path/);
  await expect(start).rejects.toThrow(/REDIS_URL=redis:\/\/host:port.*AUTOREC_INSTALL=1/);
});

test("a broker that somebody else runs cannot be restarted", async () => {
  const devstack = await startDevstack({ log, kafka: false, redis: false, env: {} });
  await expect(devstack.restartKafka()).rejects.toThrow(/ownBroker: true/);
  await devstack.stop();
  await devstack.stop();
});
