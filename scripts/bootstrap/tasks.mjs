// Task → program that Node runs. `needs`: "stack" = Kafka and Redis from anywhere, "own-broker" = a Kafka that the task
// may stop and start, whatever KAFKA_BROKERS says. `asks`: it reads what a person types.
const check = "scripts/checks/main.mjs";

/** All tasks that `npm run` knows. */
export const tasks = {
  demo: { entry: "packages/demo/src/main.ts", needs: ["stack"] },
  autorec: { entry: "packages/cli/src/main.ts", asks: true },
  simulator: { entry: "packages/simulator/src/main.ts" },
  event: { entry: "packages/demo/src/event-main.ts" },
  devstack: { entry: "packages/devstack/src/cli.ts", needs: ["stack"] },
  test: { entry: check, args: ["all"], needs: ["stack", "own-broker"] },
  check: { entry: check, args: ["gates"] },
  "test:unit": { entry: check, args: ["unit"] },
  "test:integration": { entry: check, args: ["integration"], needs: ["stack", "own-broker"] },
  "test:simulation": { entry: "test/simulation/run-main.ts" },
  "test:e2e": { entry: "test/e2e/run.ts", needs: ["stack", "own-broker"] },
  "test:chaos": { entry: check, args: ["chaos"], needs: ["stack", "own-broker"] },
  "test:mutations": { entry: "test/mutations/run-mutations.ts", needs: ["stack"] },
  fix: { entry: "scripts/checks/fix.mjs" },
  bench: { entry: "test/bench/run.ts", needs: ["stack"] },
};
