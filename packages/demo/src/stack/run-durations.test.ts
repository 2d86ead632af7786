import { fastDurations } from "@autorec/domain";
import { durationsEnv, durationsToEnv } from "@autorec/settings";
import { expect, test } from "vitest";
import { runDurations } from "./run-durations.ts";

test("on a broker of one's own the fast profile holds as it is", () => {
  expect(runDurations({})).toBe(fastDurations);
  expect(runDurations({ KAFKA_BROKERS: "" })).toBe(fastDurations);
});

test("on a given broker sessions are as long as it demands, and the durations still fit each other", () => {
  const durations = runDurations({ KAFKA_BROKERS: "kafka:9092" });
  expect(durations.kafkaSessionMs).toBe(6_000);
  expect(durationsEnv.safeParse(durationsToEnv(durations)).success).toBe(true);
});
