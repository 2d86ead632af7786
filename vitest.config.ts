import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const quietTests = "./test/support/quiet-console-setup.ts";

const processors = availableParallelism();
/** What chaos draws needs none of the parts that it breaks. */
const pureChaos = "test/chaos/draw-faults.test.ts";

export default defineConfig({
  test: {
    // Projects that run together may not differ in their number of workers: each has a group, and groups follow one another.
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          maxWorkers: Math.max(2, processors - 1),
          sequence: { groupOrder: 0 },
          include: [
            "packages/*/src/**/*.test.ts",
            "services/*/src/**/*.test.ts",
            "test/mutations/*.test.ts",
            "test/support/*.test.ts",
            pureChaos,
          ],
          setupFiles: [quietTests],
          // Laws walk thousands of cases, which takes seconds on a machine that is busy with something else.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          // They mostly wait for processes and for time to pass.
          maxWorkers: Math.max(3, processors - 1),
          sequence: { groupOrder: 2 },
          include: ["test/integration/**/*.test.ts"],
          setupFiles: [quietTests],
          globalSetup: ["./test/support/devstack-setup.ts"],
          // Two cores, a Java virtual machine to start and other test files beside it.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "simulation",
          // Its seeds are played by processes of its own, as many as there are processors.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          include: ["test/simulation/**/*.test.ts"],
          setupFiles: [quietTests],
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "chaos",
          include: ["test/chaos/**/*.test.ts"],
          exclude: [pureChaos],
          setupFiles: [quietTests],
          // Each file runs a Kafka, a Redis and five processes of its own, and its bounds are in real time.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
          testTimeout: 420_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
          include: ["test/e2e/**/*.test.ts"],
          setupFiles: [quietTests],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
