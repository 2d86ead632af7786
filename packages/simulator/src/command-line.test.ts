import { expect, test } from "vitest";
import { parseCommandLine, usage, UsageError } from "./command-line.ts";

test("no argument is needed", () => {
  expect(parseCommandLine([])).toMatchObject({
    port: 8787,
    host: "127.0.0.1",
    settingsPath: undefined,
    profile: "real",
  });
});

test("every option stands in the help", () => {
  expect(parseCommandLine(["--help"])).toBe("help");
  const asked =
    "--port 1 --host h --profile fast --scenario s --history f --media m --tls-cert c --tls-key k --tls-port 2 --kafka b --topic t --seed 3";
  expect(parseCommandLine(asked.split(" "))).toEqual({
    port: 1,
    host: "h",
    settingsPath: undefined,
    profile: "fast",
    scenarioPath: "s",
    historyPath: "f",
    mediaFolder: "m",
    tls: { certPath: "c", keyPath: "k", port: 2 },
    kafka: { brokers: ["b"], topic: "t" },
    seed: 3,
  });
  for (const [option] of `${asked} --settings`.matchAll(/--[a-z-]+/g)) expect(usage).toContain(option);
});

test.each([
  ["--port 99999", /--port is 99999; expected a whole number from 0 to 65535/],
  ["--seed x", /--seed is x/],
  ["--tls-cert c", /--tls-key FILE is missing/],
  ["--tls-key k", /--tls-cert FILE is missing/],
  ["--profile slow", /--profile is slow; expected real or fast/],
  ["--profile fast --settings f", /--profile is for a start without --settings/],
  ["--colour red", /--colour/],
  ["stray", /stray/],
])("%s is refused with what was expected", (args, words) => {
  expect(() => parseCommandLine(args.split(" "))).toThrow(UsageError);
  expect(() => parseCommandLine(args.split(" "))).toThrow(words);
});
