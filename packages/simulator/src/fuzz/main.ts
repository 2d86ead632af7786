import { parseArgs } from "node:util";
import { startSimulator } from "../start-simulator.ts";
import { appId, customerSecret } from "../testing/simulated-agora.ts";
import { fuzzSockets } from "./fuzz-sockets.ts";
import type { FuzzReport } from "./fuzz-world.ts";
import { fuzzWorld } from "./fuzz-world.ts";

// 200,000 mutated requests, one in twenty over a real connection; `--seed` repeats a run. Exit code 1: something failed.
const { values } = parseArgs({
  options: {
    count: { type: "string", default: "190000" },
    "socket-count": { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
  },
});
const seed = Number(values.seed);

const inProcess = await timed("in process", () => fuzzWorld({ seed, count: Number(values.count) }));
const overSockets = await timed("over connections", async () => {
  await using simulator = await startSimulator({
    seed,
    warn: () => undefined,
    settings: {
      profile: "fast",
      durations: { answerMs: { min: 0, max: 0 } },
      accounts: [{ customerId: "customer", customerSecret, requestsPerSecond: 1_000_000, apps: [{ appId }] }],
    },
  });
  const port = Number(new URL(simulator.baseUrl).port);
  const report = await fuzzSockets({ seed, count: Number(values["socket-count"]), port });
  // Whatever came, the server goes on.
  await simulator.client.state();
  return report;
});
process.exitCode = inProcess.failures.length + overSockets.failures.length === 0 ? 0 : 1;

async function timed(where: string, run: () => Promise<FuzzReport>): Promise<FuzzReport> {
  const startedMs = performance.now();
  const report = await run();
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  const { requests, answers, failures } = report;
  print(
    `${where}: ${String(requests)} requests in ${seconds} s, seed ${String(seed)}, ${String(failures.length)} failures`,
  );
  for (const [answer, times] of [...answers].toSorted((a, b) => b[1] - a[1]))
    print(`${String(times).padStart(8)}  ${answer}`);
  for (const failure of failures) print(`FAILED ${failure}`);
  return report;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
