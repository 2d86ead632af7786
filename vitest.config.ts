import { defineConfig } from "vitest/config";

const quietTests = "./test/support/quiet-console-setup.ts";

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "services/*/src/**/*.test.ts", "test/mutations/*.test.ts"],
          setupFiles: [quietTests],
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
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
          setupFiles: [quietTests],
          // Each file runs a Kafka, a Redis and five processes of its own, and its bounds are in real time.
          maxWorkers: 2,
          testTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          setupFiles: [quietTests],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
