import { type Durations, fastDurations, realDurations } from "@autorec/domain";
import { describe, expect, test } from "vitest";
import { checkDurations } from "./check-durations.ts";
import { durationsEnv, durationsToEnv } from "./durations-env.ts";

/** What a person is told, as `VARIABLE: expectation`. */
const problemsOf = (env: Readonly<Record<string, string>>): readonly string[] =>
  (durationsEnv.safeParse(env).error?.issues ?? []).map((issue) => `${String(issue.path[0])}: ${issue.message}`);

test("nothing set means Agora's real figures", () => {
  expect(durationsEnv.parse({ PATH: "/bin" })).toEqual(realDurations);
});

test.each([
  ["real", realDurations],
  ["fast", fastDurations],
])("the profile %s survives the way through an environment", (_name, durations) => {
  const env = durationsToEnv(durations);
  expect(durationsEnv.parse(env)).toEqual(durations);
  expect(Object.keys(env).length).toBe(Object.keys(durations).length);
});

test("variables are named after the fields", () => {
  expect(durationsToEnv(fastDurations)).toMatchObject({
    AUTOREC_LEASE_MS: "6000",
    AUTOREC_CONFIRM_STEPS_MS: "500",
    AUTOREC_RECHECK404_MS: "500,1000,1500",
    AUTOREC_START_RETRY65_MS: "300,600",
  });
  expect(durationsEnv.parse({ AUTOREC_CONFIRM_STEPS_MS: "500, 500" }).confirmStepsMs).toEqual([500, 500]);
});

test.each(["", "-1", "1.5", "30s", "1e3", "99999999999", "1,,2", "9".repeat(200), ",".repeat(200)])(
  "%j is no list of durations",
  (raw) => {
    expect(problemsOf({ AUTOREC_CLAIM_BACKOFF_MS: raw })).toEqual([
      "AUTOREC_CLAIM_BACKOFF_MS: 1 … 20 whole numbers of ms, separated by commas",
    ]);
  },
);

test("several wrong durations are named at once", () => {
  const expected = "a whole number of ms, 1 … 86400000";
  expect(problemsOf({ AUTOREC_LEASE_MS: "0", AUTOREC_POLL_MS: "two" })).toEqual([
    `AUTOREC_LEASE_MS: ${expected}`,
    `AUTOREC_POLL_MS: ${expected}`,
  ]);
});

describe("cross checks at start", () => {
  test("both profiles pass", () => {
    expect([...checkDurations(realDurations), ...checkDurations(fastDurations)]).toEqual([]);
  });

  const broken: readonly (readonly [Partial<Durations>, string, string])[] = [
    [
      { spacing404Ms: 90_000, coverAfterPatientMs: 90_000 },
      "AUTOREC_SPACING404_MS",
      "greater than migrationMax (90000)",
    ],
    [{ leaseMs: 22_000 }, "AUTOREC_LEASE_MS", "at least 1.5 · the greatest call limit with sendSlack (22500)"],
    [{ freshMs: 7_000 }, "AUTOREC_FRESH_MS", "1.5 · call query (7500)"],
    [{ eventLagMs: 20_000 }, "AUTOREC_EVENT_LAG_MS", "Kafka session + rebalance (25000)"],
    [{ confirmLimitMs: 30_000 }, "AUTOREC_CONFIRM_LIMIT_MS", "lease + 1000 + call query (36000)"],
    [{ resourceLifeMs: 50_000 }, "AUTOREC_RESOURCE_LIFE_MS", "lease + 1000 + call acquire + call start (46000)"],
    [{ pollMs: 240_000 }, "AUTOREC_MAX_IDLE_MS", "1.1 · poll + 2 · lease (324000 ms)"],
    [{ graceMs: 150_000 }, "AUTOREC_MAX_IDLE_MS", "grace + lease + poll (300000 ms)"],
    [{ maxIdleMs: 300_500 }, "AUTOREC_MAX_IDLE_MS", "whole seconds"],
    [{ rotateWaitMs: 3_000_001 }, "AUTOREC_ROTATE_MARGIN_MS", "at least rotateWait + rotateJitter (3600001)"],
    [{ coverAfterPatientMs: 96_000 }, "AUTOREC_COVER_AFTER_PATIENT_MS", "not exceed spacing404 (95000)"],
  ];
  test.each(broken)("%o is refused at %s: %s", (change, variable, words) => {
    const problems = problemsOf(durationsToEnv({ ...realDurations, ...change }));
    expect(problems.filter((problem) => problem.startsWith(`${variable}: `) && problem.includes(words))).toHaveLength(
      1,
    );
  });
});
