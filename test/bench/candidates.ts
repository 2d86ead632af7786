import { readFileSync } from "node:fs";
import { drawSecrets, serviceEnv, StackProcess } from "@autorec/demo";
import type { Devstack, Supervisor } from "@autorec/devstack";
import { realDurations } from "@autorec/domain";
import { createTopics } from "@autorec/service-kit";
import { Kafka, logLevel } from "kafkajs";
import type { Producer } from "kafkajs";
import type { StandIn } from "./stand-in.ts";
import { until } from "./until.ts";
import { writePolicy } from "../support/write-policy.ts";

/** Programs that do the same job, each alone on a topic and a key prefix of its own. */
export const candidateMains = {
  autorec: "services/consumer/src/main.ts",
  bare: "test/bench/bare-loop.ts",
  bullmq: "test/bench/bullmq-loop.ts",
} as const;
const watchdogMain = "services/watchdog/src/main.ts";
export type CandidateName = keyof typeof candidateMains;

/** A running program under measurement. */
export interface Candidate {
  readonly name: CandidateName;
  /** User and system time of its processes since their start. */
  readonly cpuMs: () => number;
  /** Ends it as an operator would: a profile is written then. */
  readonly stop: () => Promise<void>;
  /** Publishes a join in each channel; answers when Kafka has acknowledged all. */
  readonly publishJoins: (channels: readonly string[]) => Promise<void>;
}

/** What candidates are opened on. */
export interface CandidateGround {
  readonly devstack: Pick<Devstack, "kafkaBrokers" | "redisUrl">;
  readonly supervisor: Supervisor;
  readonly standIn: StandIn;
  readonly runId: string;
  /** Where autorec leaves its CPU profile. */
  readonly profileFolder?: string;
  /** autorec with its watchdog, which works on what finds the consumer's queue full. */
  readonly withWatchdog?: boolean;
}

/** Launches a candidate and answers when it has its partitions; it runs until the supervisor ends. */
export async function openCandidate(name: CandidateName, ground: CandidateGround): Promise<Candidate> {
  const { devstack, runId, standIn, supervisor } = ground;
  const id = `${runId}-${name}`;
  const secrets = drawSecrets();
  // What is measured is autorec, not Agora's quota.
  const policyPath = writePolicy(supervisor.folder, { requestsPerSecond: 10_000, workers: 100_000 });
  const env = serviceEnv({
    runId: id,
    secrets,
    durations: realDurations,
    ...devstack,
    simulatorUrl: standIn.url,
    policyPath,
  });
  const kafka = new Kafka({ brokers: devstack.kafkaBrokers.split(","), logLevel: logLevel.NOTHING });
  const topic = `${id}.rtc.channel-events`;
  await createTopic(kafka, topic);
  const isService = name === "autorec";
  const profile = `--cpu-prof --cpu-prof-dir=${ground.profileFolder ?? ""}`;
  const isProfiled = isService && ground.profileFolder !== undefined;
  const service = { address: /"url":"(http:[^"]+)"/, readyPath: "/readyz" };
  const loop = { address: /(ready)/, readyPath: "" };
  const running = new StackProcess({
    ...{ supervisor, name, main: candidateMains[name], args: [] },
    env: { ...env, ...(isProfiled ? { NODE_OPTIONS: profile } : {}) },
    ...(isService ? service : loop),
  });
  await running.launch();
  const beside =
    isService && ground.withWatchdog === true
      ? [new StackProcess({ supervisor, name: "watchdog", main: watchdogMain, args: [], env, ...service })]
      : [];
  for (const watchdog of beside) {
    await watchdog.launch();
    await watchdog.ready();
  }
  if (isService) await running.ready();
  else await saysReady(running);
  const producer = kafka.producer();
  await producer.connect();
  const { appId } = secrets;
  return {
    name,
    async stop() {
      await Promise.all([running, ...beside].map((process) => process.stop(10_000)));
    },
    cpuMs: () => [running, ...beside].reduce((sum, { pid }) => sum + cpuMsOf(pid), 0),
    publishJoins: (channels) => publishJoins(producer, { topic, appId, channels }),
  };
}

/** A loop that ends by itself says why in its output. */
async function saysReady(loop: StackProcess): Promise<void> {
  const printed = (): string => loop.logPaths.map((path) => readFileSync(path, "utf8")).join("");
  await until(() => /ready|Error/.test(printed()), `"ready" from ${loop.name}`);
  if (!printed().includes("ready")) throw new Error(`${loop.name} cannot run: ${printed().slice(0, 2_000)}`);
}

/** Makes the topic of the channel events, which the services make by themselves and the baselines do not. */
export async function createTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: 12 }]);
  await admin.disconnect();
}

async function publishJoins(
  producer: Producer,
  { appId, channels, topic }: { readonly topic: string; readonly appId: string; readonly channels: readonly string[] },
): Promise<void> {
  const messages = channels.map((channelName) => {
    const atMs = Date.now();
    const fields = { schemaVersion: 1, type: "participant.joined", appId, channelName, uid: 7, clientSeq: atMs, atMs };
    return { key: channelName, value: JSON.stringify(fields) };
  });
  for (let i = 0; i < messages.length; i += 1_000)
    await producer.send({ topic, messages: messages.slice(i, i + 1_000) });
}

/** Linux only, in clock ticks of 10 ms. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
