import { expect, test } from "vitest";
import { createRandom } from "../time/random.ts";
import { createSimulatedAgora } from "../testing/simulated-agora.ts";
import { planScenario } from "./plan-scenario.ts";
import { createScenarioPlayer } from "./play-scenario.ts";
import { readScenario, ScenarioError } from "./read-scenario.ts";

function problemsOf(text: string): string {
  try {
    readScenario(text, "day.yaml");
  } catch (err) {
    if (err instanceof ScenarioError) return err.message;
  }
  return "none";
}

test.each([
  ["steps:\n  - { at: 1s, join: { channelName: room, uid: 0 } }", "day.yaml:2:47: steps.0.join.uid is 0"],
  ["steps:\n  - { at: soon, clearFaults: true }", `day.yaml:2:11: steps.0.at is "soon": expected a length`],
  ["steps:\n  - at: 1s\n    jion: { channelName: room, uid: 1 }", "day.yaml:2:5: steps.0 has jion, which nobody reads"],
  ["steps:\n  - { at: 1s }", "expected one action of join"],
  ["steps:\n  - { join: { channelName: a, uid: 1 }, note: { note: x } }", "found join and note"],
  ["steps:\n  - { every: 1s, clearFaults: true }", "expected every and times together"],
  ["steps:\n  - fault: { preset: kil }", 'day.yaml:2:22: steps.0.fault.preset is "kil"'],
  ["steps:\n  - fault: { preset: 500-62, delayMs: 5 }", "day.yaml:2:12: steps.0.fault has delayMs, which nobody reads"],
  ["steps: [", "day.yaml:1:"],
  ["", "the scenario is"],
  ["steps: []", "steps"],
])("%j is refused with its place", (text, words) => {
  expect(problemsOf(text)).toContain(words);
});

test.each([
  ["of a block", "steps: []\nsteps: []", "day.yaml:2:1: Map keys must be unique"],
  ["of JSON", `{"steps": [\n  {"note": {"note": "x",\n   "note": "y"}}]}`, "day.yaml:3:4: Map keys must be unique"],
])("a repeated key %s is refused with its place", (_name, text, words) => {
  expect(problemsOf(text)).toBe(words);
});

test("a map of very many keys is refused within seconds, in few words", { timeout: 120_000 }, () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `"key${String(index)}":1`);
  const startedAtMs = performance.now();
  const words = problemsOf(`{${keys.join(",")}}`);
  // Comparing each key with each other takes a minute.
  expect(performance.now() - startedAtMs).toBeLessThan(15_000);
  expect(words).toContain("key19, 19980 more, which nobody reads");
  expect(words.length).toBeLessThan(1_000);
});

test("of very many problems the first twenty are told", () => {
  const steps = Array.from({ length: 1_000 }, () => "  - { at: soon, clearFaults: true }");
  const lines = problemsOf(["steps:", ...steps].join("\n")).split("\n");
  expect(lines).toHaveLength(21);
  expect(lines.slice(-2)).toEqual([expect.stringMatching(/^day\.yaml:21:11: steps\.19\.at/), "and 980 more"]);
  expect(problemsOf("a: 1\n".repeat(1_000)).split("\n")).toHaveLength(21);
});

test("JSON is read as well", () => {
  const scenario = readScenario(JSON.stringify({ steps: [{ at: 500, note: { note: "x" } }] }));
  expect(planScenario(scenario, createRandom(1))).toMatchObject([{ atMs: 500, stepNumber: 1, repetition: 0 }]);
});

test("the same seed gives the same plan, another seed another one, always in order of time", () => {
  const scenario = readScenario("steps:\n  - { every: 1s, times: 50, jitter: 30s, note: { note: x } }");
  const times = (seed: number) => planScenario(scenario, createRandom(seed)).map(({ atMs }) => atMs);
  expect(times(1)).toEqual(times(1));
  expect(times(1)).not.toEqual(times(2));
  expect(times(1)).toEqual(times(1).toSorted((a, b) => a - b));
});

test("a step that cannot be done is told and stops nothing; a scenario that is stopped does no more", () => {
  const agora = createSimulatedAgora();
  const { world, faults } = agora;
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const player = createScenarioPlayer({ world, faults, record: world.record }, { random: createRandom(1), warn });
  const text = `name: day
steps:
  - { kill: { channelName: nowhere } }
  - { settings: { switches: { nope: true } } }
  - { join: { channelName: room, uid: 1, appId: none } }
  - { at: 1s, note: { note: one } }
  - { at: 9s, note: { note: two } }`;
  const { scenarioId } = player.play(readScenario(text));
  agora.scheduler.advance(1_000);
  expect(player.list()).toMatchObject([{ phase: "playing", done: 4 }]);
  const [dead, setting, app] = player.list()[0]?.failures ?? [];
  expect([dead, setting, app]).toEqual([
    "step 1: no recorder is live there",
    expect.stringContaining("nope"),
    expect.stringContaining("appId none is not in the settings"),
  ]);
  expect(warnings).toHaveLength(3);
  expect(warnings[0]).toBe("scenario day, step 1: no recorder is live there");
  expect(warnings.join("")).not.toContain("\n");
  expect(player.stop(scenarioId)).toBe(1);
  expect(player.stop(scenarioId)).toBe(0);
  agora.scheduler.advance(60_000);
  const notes = agora.lines.flatMap((line) => (line.kind === "note" ? [line.note] : []));
  expect(notes).toContain("one");
  expect(notes).not.toContain("two");
  expect(player.list()).toMatchObject([{ phase: "stopped" }]);
});

test("of a scenario whose steps all fail the first 20 are told, and that there are more", () => {
  const agora = createSimulatedAgora();
  const { world, faults } = agora;
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const player = createScenarioPlayer({ world, faults, record: world.record }, { random: createRandom(1), warn });
  player.play(readScenario("steps:\n  - { every: 1s, times: 30, kill: { channelName: nowhere } }"));
  agora.scheduler.advance(60_000);
  expect(player.list()).toMatchObject([{ phase: "ended", done: 30 }]);
  expect(warnings).toHaveLength(20);
  expect(warnings.at(-1)).toMatch(/further ones are not told$/);
});
