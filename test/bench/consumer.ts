// npm run bench: the consumer against a bare loop on the same Kafka, the same stand-in for Agora, one after the other.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawSecrets, serviceEnv, StackProcess } from "@autorec/demo";
import { startDevstack, startSupervisor } from "@autorec/devstack";
import type { Supervisor } from "@autorec/devstack";
import { realDurations } from "@autorec/domain";
import { Kafka, logLevel } from "kafkajs";
import { startStandIn } from "./stand-in.ts";
import type { StandIn } from "./stand-in.ts";

const channelCount = 300;
const joinsPerSecond = 30;
const answerMs = 20;
const runId = `bench-${process.pid.toString(36)}`;

interface Measured {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerStart: number;
}

interface Bench {
  readonly supervisor: Supervisor;
  readonly standIn: StandIn;
  readonly env: Readonly<Record<string, string>>;
}

const devstack = await startDevstack({ log: (line) => process.stdout.write(`${line}\n`) });
const supervisor = await startSupervisor();
const standIn = await startStandIn(answerMs);
try {
  const secrets = drawSecrets();
  const shared = serviceEnv({
    runId,
    secrets,
    durations: realDurations,
    kafkaBrokers: devstack.kafkaBrokers,
    redisUrl: devstack.redisUrl,
    simulatorUrl: standIn.url,
  });
  const env = { ...shared, AUTOREC_CONFIG: writeUnlimitedPolicy(supervisor.folder, shared["AUTOREC_CONFIG"] ?? "") };
  await createTopic(env);
  const bench = { supervisor, standIn, env };
  const bare = await measure(bench, { name: "bare", main: "test/bench/bare-loop.ts", ready: "ready" });
  const autorec = await measure(bench, { name: "autorec", main: "services/consumer/src/main.ts", ready: "http" });
  report("bare loop", bare);
  report("autorec consumer", autorec);
  const ratio = (a: number, b: number): string => (a / b).toFixed(2);
  process.stdout.write(
    `ratio autorec : bare   p50 ${ratio(autorec.p50Ms, bare.p50Ms)}   p99 ${ratio(autorec.p99Ms, bare.p99Ms)}   CPU per start ${ratio(autorec.cpuMsPerStart, bare.cpuMsPerStart)}\n`,
  );
} finally {
  await supervisor.end();
  await standIn.close();
  await devstack.stop();
}

/** The example policy without its request limit: what is measured is autorec, not Agora's quota. */
function writeUnlimitedPolicy(folder: string, examplePath: string): string {
  const path = join(folder, "bench.autorec.yaml");
  const example = readFileSync(examplePath, "utf8");
  writeFileSync(path, example.replace(/requestsPerSecond: \d+/, "requestsPerSecond: 5000"));
  return path;
}

async function createTopic(env: Readonly<Record<string, string>>): Promise<void> {
  const kafka = new Kafka({ brokers: (env["KAFKA_BROKERS"] ?? "").split(","), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: `${runId}.rtc.channel-events`, numPartitions: 12 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
}

async function measure(
  bench: Bench,
  candidate: { readonly name: string; readonly main: string; readonly ready: "ready" | "http" },
): Promise<Measured> {
  const plan = { supervisor: bench.supervisor, name: candidate.name, main: candidate.main, args: [], env: bench.env };
  const candidateProcess = new StackProcess(
    candidate.ready === "http"
      ? { ...plan, address: /"url":"(http:[^"]+)"/, readyPath: "/readyz" }
      : { ...plan, address: /(ready)/, readyPath: "" },
  );
  await candidateProcess.launch();
  if (candidate.ready === "http") await candidateProcess.ready();
  else await untilPrinted(candidateProcess, "ready");

  await runJoins(bench, `${candidate.name}-warm`, 50);
  const cpuBeforeMs = cpuMs(candidateProcess.pid);
  const waits = await runJoins(bench, candidate.name, channelCount);
  const cpuMsPerStart = (cpuMs(candidateProcess.pid) - cpuBeforeMs) / channelCount;
  candidateProcess.signal("SIGKILL");
  const sorted = [...waits].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), cpuMsPerStart };
}

/** Publishes joins of fresh channels at an even rate; answers the time from the broker's acknowledgement to the start's answer. */
async function runJoins(bench: Bench, name: string, count: number): Promise<readonly number[]> {
  const kafka = new Kafka({ brokers: (bench.env["KAFKA_BROKERS"] ?? "").split(","), logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const joinedAtMs = new Map<string, number>();
  const sends: Promise<void>[] = [];
  for (let i = 0; i < count; i += 1) {
    const channelName = `${name}-${String(i)}`;
    const atMs = Date.now();
    const value = JSON.stringify({
      schemaVersion: 1,
      type: "participant.joined",
      appId: bench.env["AGORA_APP_ID"],
      channelName,
      uid: 7,
      clientSeq: atMs,
      atMs,
    });
    sends.push(
      producer.send({ topic: `${runId}.rtc.channel-events`, messages: [{ key: channelName, value }] }).then(() => {
        joinedAtMs.set(channelName, performance.now());
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000 / joinsPerSecond));
  }
  await Promise.all(sends);
  await until(
    () => [...joinedAtMs.keys()].every((channel) => bench.standIn.startedAtMs.has(channel)),
    `the starts of ${name}`,
  );
  await producer.disconnect();
  return [...joinedAtMs].map(([channel, atMs]) => (bench.standIn.startedAtMs.get(channel) ?? Number.NaN) - atMs);
}

async function untilPrinted(printing: StackProcess, word: string): Promise<void> {
  await until(
    () => printing.logPaths.some((path) => readFileSync(path, "utf8").includes(word)),
    `"${word}" from ${printing.name}`,
  );
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const limitMs = performance.now() + 60_000;
  while (!isTrue()) {
    if (performance.now() > limitMs) throw new Error(`waited a minute in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** CPU time of a process, user and system, ms; Linux only, in clock ticks of 10 ms. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function report(name: string, measured: Measured): void {
  const { p50Ms, p99Ms, cpuMsPerStart } = measured;
  process.stdout.write(
    `${name.padEnd(18)} join → start answered  p50 ${p50Ms.toFixed(0)} ms  p99 ${p99Ms.toFixed(0)} ms   CPU per start ${cpuMsPerStart.toFixed(2)} ms   (${String(channelCount)} channels, ${String(joinsPerSecond)} joins/s, Agora answers in ${String(answerMs)} ms)\n`,
  );
}
