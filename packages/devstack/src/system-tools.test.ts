import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dockerEngineVersion, findJava, findRedisServer, isNewEnoughRedis } from "./system-tools.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "autorec-tools-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

test.each([
  ["6.1.9", false],
  ["6.2.0", true],
  ["7.0.15", true],
  ["10.0.1", true],
])("Redis %s is new enough: %s", (version, answer) => {
  expect(isNewEnoughRedis(version)).toBe(answer);
});

test("a Redis that is too old is passed over", async () => {
  program("redis-server", `echo "Redis server v=5.0.14 sha=0 malloc=libc bits=64"`);
  expect(await findRedisServer({ env: { PATH: folder } })).toBeUndefined();
  program("redis-server", `echo "Redis server v=7.4.1 sha=0 malloc=libc bits=64"`);
  expect(await findRedisServer({ env: { PATH: folder } })).toEqual({ command: "redis-server", version: "7.4.1" });
});

test("a Java that is too old is passed over, the one of JAVA_HOME is asked first", async () => {
  program("java", `echo 'openjdk version "11.0.2"' >&2`);
  expect(await findJava({ env: { PATH: folder } })).toBeUndefined();
  program("java", `echo 'openjdk version "21.0.2"' >&2`);
  expect(await findJava({ env: { PATH: folder, JAVA_HOME: "/nowhere" } })).toBe("java");
});

test("a Docker client without an engine, or one that prints a complaint, is no engine", async () => {
  program("docker", `echo "Cannot connect to the Docker daemon" >&2; exit 1`);
  expect(await dockerEngineVersion({ env: { PATH: folder } })).toBeUndefined();
  program("docker", `echo "28.2.2"`);
  expect(await dockerEngineVersion({ env: { PATH: folder } })).toBe("28.2.2");
});
