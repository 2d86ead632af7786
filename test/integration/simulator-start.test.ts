import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createSimulatorClient } from "@autorec/simulator";
import { expect, test } from "vitest";
import { runSimulatorProcess, startSimulatorProcess } from "../support/simulator-process.ts";

const run = promisify(execFile);

test("a start without arguments says whom to be, and the curl lines that it prints work", async () => {
  await using simulator = await startSimulatorProcess(["--port", "0"]);
  await expect.poll(simulator.output).toContain("docs/simulator.md");
  const commands = simulator
    .output()
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.trim().startsWith("curl "));
  expect(commands).toHaveLength(3);
  const answers: string[] = [];
  for (const command of commands) answers.push((await run("sh", ["-c", `${command} --silent`])).stdout);
  const [joined, acquired, state] = answers.map((text): unknown => JSON.parse(text));
  expect(joined).toEqual({ result: "joined" });
  expect(acquired).toMatchObject({ cname: "room", uid: "900" });
  expect(state).toMatchObject({ channels: [{ channelName: "room", participants: [{ uid: 7 }] }] });
});

test("--help explains every option and ends with 0", async () => {
  const { exitCode, output } = await runSimulatorProcess(["--help"]);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/^usage: .*--settings FILE.*--scenario FILE/s);
});

test.each([
  [["--prot", "1"], /--prot/],
  [["--settings", "/nowhere.json"], /--settings \/nowhere\.json cannot be read/],
  [["--tls-cert", "a.pem"], /--tls-key FILE is missing/],
])("%j ends it with 2 and says what is wrong", async (args, words) => {
  const { exitCode, errors } = await runSimulatorProcess(args);
  expect(exitCode).toBe(2);
  expect(errors).toMatch(words);
  expect(errors).toContain("--help");
});

test.each([
  [["--host", "nowhere.invalid"], /^simulator: --host nowhere\.invalid is no address of this machine: .*\n$/],
  [["--host", "192.0.2.1"], /^simulator: --host 192\.0\.2\.1 is no address of this machine: .*\n$/],
  [["--host", ""], /^simulator: --host is empty; expected /],
])("%j ends it with 2 and one line", async (args, words) => {
  const { exitCode, errors } = await runSimulatorProcess(["--port", "0", ...args]);
  expect(errors).toMatch(words);
  expect(errors).not.toMatch(/^ +at /m);
  expect(exitCode).toBe(2);
});

test("a certificate and a key that do not go together, or are none, end it with 2 and one line", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tls-"));
  const names = ["one", "other"].map((name) => join(folder, name));
  for (const name of names) {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost"];
    await run("openssl", ["req", "-x509", ...kind, ...files]);
  }
  await writeFile(join(folder, "none.key"), "no key\n");
  const [one = "", other = ""] = names;
  for (const [key, words] of [
    [`${other}.key`, /key values mismatch/],
    [join(folder, "none.key"), /no start line|unsupported/],
  ] as const) {
    const args = ["--port", "0", "--tls-port", "0", "--tls-cert", `${one}.pem`, "--tls-key", key];
    const { exitCode, errors } = await runSimulatorProcess(args);
    expect(errors).toMatch(/^simulator: --tls-cert .*one\.pem and --tls-key .*\.key cannot be used: .*\n$/);
    expect(errors).toMatch(words);
    expect(exitCode).toBe(2);
  }
  await rm(folder, { recursive: true });
});

test("a port that is taken is named with its option", async () => {
  await using simulator = await startSimulatorProcess(["--port", "0"]);
  const { exitCode, errors } = await runSimulatorProcess(["--port", new URL(simulator.baseUrl).port]);
  expect([exitCode, errors]).toEqual([1, expect.stringMatching(/^simulator: .*EADDRINUSE.*: --port N, or 0 .*\n$/)]);
});

test("a step of --scenario that comes to nothing is told on the console", async () => {
  const folder = await mkdtemp(join(tmpdir(), "scenario-"));
  const path = join(folder, "day.yaml");
  await writeFile(path, "name: day\nsteps:\n  - { kill: { channelName: nowhere } }\n");
  await using simulator = await startSimulatorProcess(["--port", "0", "--scenario", path]);
  await expect.poll(simulator.errors).toBe("simulator: scenario day, step 1: no recorder is live there\n");
  await rm(folder, { recursive: true });
});

test("--scenario plays a file, and refuses a wrong one with its place", async () => {
  await using simulator = await startSimulatorProcess([
    "--port",
    "0",
    "--scenario",
    "examples/scenarios/recorder-dies.yaml",
  ]);
  const { channels } = await createSimulatorClient(simulator.baseUrl).state();
  expect(channels).toMatchObject([{ channelName: "room", participants: [{ uid: 7 }] }]);

  const folder = await mkdtemp(join(tmpdir(), "scenario-"));
  const path = join(folder, "wrong.yaml");
  await writeFile(path, "steps:\n  - { at: 1s, kill: {}, note: { note: x } }\n");
  const { exitCode, errors } = await runSimulatorProcess(["--port", "0", "--scenario", path]);
  await rm(folder, { recursive: true });
  expect(exitCode).toBe(2);
  expect(errors).toContain("wrong.yaml:2:5: steps.0");
});
