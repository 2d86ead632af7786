import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { startSupervised } from "@autorec/devstack";
import type { Devstack, Supervisor } from "@autorec/devstack";
import type { Durations } from "@autorec/domain";
import { createSimulatorClient } from "@autorec/simulator";
import type { SimulatorClient, SimulatorSettingsInput } from "@autorec/simulator";
import type { ProcessName } from "../scenario/action.ts";
import { cleanUp } from "./clean-up.ts";
import { drawSecrets, serviceEnv, writeSimulatorSettings } from "./stack-files.ts";
import type { StackSecrets } from "./stack-files.ts";
import { StackProcess } from "./stack-process.ts";

/** What a stack consists of and how its simulator behaves. */
export interface StackOptions {
  /** Kafka and Redis that answer; what the run makes there is removed at its end. */
  readonly devstack: Pick<Devstack, "kafkaBrokers" | "redisUrl">;
  readonly consumers: number;
  readonly watchdogs: number;
  /** Answers where the services look for Agora, given where the simulator listens: a test puts something in between. */
  readonly agoraAddress?: (simulatorUrl: string) => Promise<string>;
  /** Given to the services, and to the judge by the history. */
  readonly durations: Durations;
  /** Of the simulated Agora account. */
  readonly requestsPerSecond: number;
  /** Copies, shuffling and losses of the simulator's channel events. */
  readonly delivery: NonNullable<SimulatorSettingsInput["delivery"]>;
  /** Of the simulator's chance. */
  readonly seed: number;
  /** Rules of the services; the example policy when absent. */
  readonly policyPath?: string;
  /** Of the policy's rules, for the judge; the standard one for all channels when absent. */
  readonly recoveries?: readonly { readonly channel: string; readonly coverAfterMs: number }[];
  /** Topic of Agora's notifications about recordings, without the run's prefix; nothing of the kind is sent when absent. */
  readonly recordingTopic?: string;
  /** Where the history goes; a file of the run's private folder when absent. */
  readonly historyPath?: string;
  /** Calls the start off: it rejects with the signal's reason, when no process and no topic of the run is left. */
  readonly signal?: AbortSignal;
}

/** Simulator, consumers and watchdogs as processes of their own; none of them outlives this process. */
export interface Stack {
  /** Prefix of its keys, topics and group. */
  readonly runId: string;
  /** Private folder with the logs of the processes; gone after `stop`. */
  readonly folder: string;
  readonly historyPath: string;
  readonly secrets: StackSecrets;
  /** What the services were given, beside the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly simulator: SimulatorClient;
  readonly services: ReadonlyMap<ProcessName, StackProcess>;
  readonly simulatorProcess: StackProcess;
  /** SIGTERM to all services, then the simulator; leaves Kafka and Redis as they were found. */
  stop(): Promise<void>;
}

const drainMsMax = 10_000;

/** Starts the stack and answers when every process works; rejects with the end of its output when one does not. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const runId = `run-${randomBytes(4).toString("hex")}`;
  const signal = options.signal ?? new AbortController().signal;
  try {
    return await startSupervised((supervisor) => startProcesses(options, { runId, supervisor }), signal);
  } catch (err) {
    await cleanUp({ runId, ...options.devstack });
    throw err;
  }
}

/** The parts of a run that exist before its first process. */
interface Run {
  readonly runId: string;
  readonly supervisor: Supervisor;
}

async function startProcesses(options: StackOptions, run: Run): Promise<Stack> {
  const { runId, supervisor } = run;
  const { kafkaBrokers, redisUrl } = options.devstack;
  const secrets = drawSecrets();
  const historyPath = options.historyPath ?? join(supervisor.folder, "history.jsonl");
  const simulatorProcess = simulatorOf(options, run, { secrets, historyPath });
  await simulatorProcess.start();
  const simulator = createSimulatorClient(simulatorProcess.url);
  const simulatorUrl = (await options.agoraAddress?.(simulatorProcess.url)) ?? simulatorProcess.url;

  const { durations, policyPath } = options;
  const ends = { kafkaBrokers, redisUrl, simulatorUrl };
  const policy = policyPath === undefined ? {} : { policyPath };
  const env = {
    ...serviceEnv({ runId, secrets, durations, ...ends, ...policy }),
    ...(options.recordingTopic === undefined ? {} : { AUTOREC_RECORDING_TOPIC: options.recordingTopic }),
  };
  const services = servicesOf(options, run, env);
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

function simulatorOf(
  options: StackOptions,
  { runId, supervisor }: Run,
  { secrets, historyPath }: Pick<Stack, "secrets" | "historyPath">,
): StackProcess {
  const settingsPath = writeSimulatorSettings({ ...options, folder: supervisor.folder, secrets });
  return new StackProcess({
    supervisor,
    name: "simulator",
    main: "packages/simulator/src/main.ts",
    args: [
      ...["--port", "0", "--history", historyPath, "--settings", settingsPath, "--seed", String(options.seed)],
      ...["--kafka", options.devstack.kafkaBrokers, "--topic", `${runId}.rtc.channel-events`],
      ...(options.recordingTopic === undefined ? [] : ["--recording-topic", `${runId}.${options.recordingTopic}`]),
    ],
    env: {},
    address: /simulator ready on (http:\S+)/,
    readyPath: "/admin/state",
  });
}

function servicesOf(
  { consumers, watchdogs }: Pick<StackOptions, "consumers" | "watchdogs">,
  { supervisor }: Run,
  env: Stack["env"],
): ReadonlyMap<ProcessName, StackProcess> {
  const names: readonly ProcessName[] = [
    ...Array.from({ length: consumers }, (_, i): ProcessName => `consumer-${i + 1}`),
    ...Array.from({ length: watchdogs }, (_, i): ProcessName => `watchdog-${i + 1}`),
  ];
  const processOf = (name: ProcessName): StackProcess =>
    new StackProcess({
      supervisor,
      name,
      main: `services/${roleOf(name)}/src/main.ts`,
      args: [],
      env,
      address: /"url":"(http:[^"]+)"/,
      readyPath: "/readyz",
    });
  return new Map(names.map((name) => [name, processOf(name)]));
}

/** Which service a process of the stack runs. */
export function roleOf(name: ProcessName): "consumer" | "watchdog" {
  return name.startsWith("consumer") ? "consumer" : "watchdog";
}
