import { kafkaEnv, httpEnv, lifeEnv, logEnv, parseEnv, redisEnv, renderEnvExample } from "@autorec/service-kit";
import { deploymentEnv, durationsEnv } from "@autorec/settings";
import { expect, test } from "vitest";

const sections = {
  deployment: deploymentEnv,
  kafka: kafkaEnv,
  redis: redisEnv,
  http: httpEnv,
  log: logEnv,
  life: lifeEnv,
  durations: durationsEnv,
};

test(".env.example is what the schemas generate (vitest -u writes it)", async () => {
  const example = renderEnvExample([
    { title: "Installation", section: deploymentEnv },
    { title: "Kafka", section: kafkaEnv },
    { title: "Redis", section: redisEnv },
    { title: "Health and metrics", section: httpEnv },
    { title: "Log", section: logEnv },
    { title: "Start and stop", section: lifeEnv },
    {
      title: "Durations: Agora's real figures; change them only together with what you know of Agora",
      section: durationsEnv,
    },
  ]);
  await expect(example).toMatchFileSnapshot("../../.env.example");
});

test("the uncommented variables of .env.example are enough to start", () => {
  const env = {
    AUTOREC_DEPLOYMENT_ID: "prod-eu",
    KAFKA_BROKERS: "127.0.0.1:9092",
    REDIS_URL: "redis://127.0.0.1:6379",
  };
  const parsed = parseEnv(sections, env);
  expect(parsed.deployment.deploymentId).toBe("prod-eu");
  expect(parsed.durations.leaseMs).toBe(30_000);
});

test("durations that contradict each other are named beside the other problems of the environment", () => {
  const start = (): unknown =>
    parseEnv(sections, { AUTOREC_DEPLOYMENT_ID: "x y", AUTOREC_FRESH_MS: "7000", AUTOREC_SPACING_404_MS: "1" });
  expect(start).toThrow(
    /AUTOREC_DEPLOYMENT_ID[^]*KAFKA_BROKERS[^]*REDIS_URL[^]*AUTOREC_FRESH_MS[^]*1\.5 · call query[^]*did you mean AUTOREC_SPACING404_MS/,
  );
});
