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
