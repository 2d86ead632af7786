import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { startSupervisor } from "@autorec/devstack";
import type { Devstack, Supervisor } from "@autorec/devstack";
import type { Durations } from "@autorec/domain";
import { createSimulatorClient } from "@autorec/simulator";
import type { SimulatorClient, SimulatorSettingsInput } from "@autorec/simulator";
import type { ProcessName } from "../scenario/action.ts";
import { cleanUp } from "./clean-up.ts";
import { drawSecrets, serviceEnv, writeSimulatorSettings } from "./stack-files.ts";
import type { StackSecrets } from "./stack-files.ts";
import { StackProcess } from "./stack-process.ts";

export interface StackOptions {
  readonly devstack: Pick<Devstack, "kafkaBrokers" | "redisUrl">;
  readonly consumers: number;
  readonly watchdogs: number;
  readonly durations: Durations;
  readonly requestsPerSecond: number;
  readonly delivery: NonNullable<SimulatorSettingsInput["delivery"]>;
  readonly seed: number;
  /** Where the history goes; a file of the run's private folder when absent. */
  readonly historyPath?: string;
}

/** Simulator, consumers and watchdogs as processes of their own; none of them outlives this process. */
export interface Stack {
  readonly runId: string;
  readonly folder: string;
  readonly historyPath: string;
  readonly secrets: StackSecrets;
  readonly env: Readonly<Record<string, string>>;
  readonly simulator: SimulatorClient;
  readonly services: ReadonlyMap<ProcessName, StackProcess>;
  readonly simulatorProcess: StackProcess;
  /** SIGTERM to all services, then the simulator; leaves Kafka and Redis as they were found. */
  stop(): Promise<void>;
}

const drainMsMax = 10_000;

/** Starts the stack and answers when every process works. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const supervisor = await startSupervisor();
  try {
    return await startProcesses(options, supervisor);
  } catch (err) {
    await supervisor.end();
    throw err;
  }
}

async function startProcesses(options: StackOptions, supervisor: Supervisor): Promise<Stack> {
  const { kafkaBrokers, redisUrl } = options.devstack;
  const { durations } = options;
  const runId = `run-${randomBytes(4).toString("hex")}`;
  const secrets = drawSecrets();
  const historyPath = options.historyPath ?? join(supervisor.folder, "history.jsonl");
  const settingsPath = writeSimulatorSettings({ ...options, folder: supervisor.folder, secrets });
  const simulatorProcess = new StackProcess({
    supervisor,
    name: "simulator",
    main: "packages/simulator/src/main.ts",
    args: [
      ...["--port", "0", "--history", historyPath, "--settings", settingsPath, "--seed", String(options.seed)],
      ...["--kafka", kafkaBrokers, "--topic", `${runId}.rtc.channel-events`],
    ],
    env: {},
    address: /simulator ready on (http:\S+)/,
    readyPath: "/admin/state",
  });
  await simulatorProcess.start();
  const simulator = createSimulatorClient(simulatorProcess.url);

  const env = serviceEnv({ runId, secrets, durations, kafkaBrokers, redisUrl, simulatorUrl: simulatorProcess.url });
  const services = new Map<ProcessName, StackProcess>();
  const roles = [
    ["consumer", options.consumers],
    ["watchdog", options.watchdogs],
  ] as const;
  for (const [role, count] of roles) {
    for (let i = 1; i <= count; i += 1) {
      const name: ProcessName = `${role}-${i}`;
      const main = `services/${role}/src/main.ts`;
      services.set(
        name,
        new StackProcess({
          supervisor,
          name,
          main,
          args: [],
          env,
          address: /"url":"(http:[^"]+)"/,
          readyPath: "/readyz",
        }),
      );
    }
  }
  await Promise.all([...services.values()].map((service) => service.start()));
  for (const name of services.keys())
    await simulator.note({ note: "process-started", role: roleOf(name), instanceId: name });

  return {
    runId,
    folder: supervisor.folder,
    historyPath,
    secrets,
    env,
    simulator,
    services,
    simulatorProcess,
    async stop() {
      await Promise.all([...services.values()].map((service) => service.stop(drainMsMax)));
      await simulatorProcess.stop(drainMsMax);
      await cleanUp({ runId, kafkaBrokers, redisUrl });
      await supervisor.end();
    },
  };
}

export function roleOf(name: ProcessName): "consumer" | "watchdog" {
  return name.startsWith("consumer") ? "consumer" : "watchdog";
}
