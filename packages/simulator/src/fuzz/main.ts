import { parseArgs } from "node:util";
import { startSimulator } from "../start-simulator.ts";
import { appId, customerSecret } from "../testing/simulated-agora.ts";
import { fuzzSockets } from "./fuzz-sockets.ts";
import type { FuzzReport } from "./fuzz-world.ts";
import { fuzzWorld } from "./fuzz-world.ts";

const usage = `node packages/simulator/src/fuzz/main.ts [--count 190000] [--socket-count 10000] [--seed 1]
200,000 mutated requests, one in twenty over a real connection; --seed repeats a run. Exit code 1: something failed.`;

const { count, seed, "socket-count": socketCount } = options();
const inProcess = await timed("in process", () => fuzzWorld({ seed, count }));
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
  const report = await fuzzSockets({ seed, count: socketCount, port });
  // Whatever came, the server goes on.
  await simulator.client.state();
  return report;
});
process.exitCode = inProcess.failures.length + overSockets.failures.length === 0 ? 0 : 1;

/** Whole numbers; what else was given is said, and ends the process. */
function options(): Readonly<Record<"count" | "socket-count" | "seed", number>> {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    print(usage);
    process.exit(0);
  }
  try {
    const number = { type: "string" } as const;
    const { values } = parseArgs({ args, options: { count: number, "socket-count": number, seed: number } });
    const wholeNumber = (name: keyof typeof values, unless: number): number => {
      const text = values[name] ?? String(unless);
      if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
      throw new Error(`--${name} ${text}: expected a whole number from 1 to 999999999`);
    };
    return {
      count: wholeNumber("count", 190_000),
      "socket-count": wholeNumber("socket-count", 10_000),
      seed: wholeNumber("seed", 1),
    };
  } catch (err) {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n${usage}\n`);
    process.exit(2);
  }
}

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
