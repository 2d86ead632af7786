// Task → program that Node runs. `needs`: "stack" = Kafka and Redis from anywhere, "own-broker" = a Kafka that the task
// may stop and start, whatever KAFKA_BROKERS says.
const check = "scripts/checks/main.mjs";
// kafkajs computes negative timeouts, which Node 24 warns of and which are harmless.
const kafka = ["--disable-warning=TimeoutNegativeWarning"];

/** All tasks that `npm run` knows. */
export const tasks = {
  demo: { entry: "packages/demo/src/main.ts", options: kafka, needs: ["stack"] },
  autorec: { entry: "packages/cli/src/main.ts" },
  simulator: { entry: "packages/simulator/src/main.ts" },
  event: { entry: "packages/demo/src/event-main.ts", options: kafka },
  devstack: { entry: "packages/devstack/src/cli.ts", options: kafka, needs: ["stack"] },
  test: { entry: check, args: ["all"], needs: ["stack", "own-broker"] },
  check: { entry: check, args: ["gates"] },
  "test:unit": { entry: check, args: ["unit"] },
  "test:integration": { entry: check, args: ["integration"], needs: ["stack", "own-broker"] },
  "test:simulation": { entry: "test/simulation/run-main.ts" },
  "test:e2e": { entry: "test/e2e/run.ts", options: kafka, needs: ["stack", "own-broker"] },
  "test:chaos": { entry: check, args: ["chaos"], needs: ["stack", "own-broker"] },
  "test:mutations": { entry: "test/mutations/run-mutations.ts", options: kafka, needs: ["stack"] },
  fix: { entry: "scripts/checks/fix.mjs" },
  bench: { entry: "test/bench/run.ts", options: kafka, needs: ["stack"] },
};
