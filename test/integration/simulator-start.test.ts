import { execFile } from "node:child_process";
import { promisify } from "node:util";
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
