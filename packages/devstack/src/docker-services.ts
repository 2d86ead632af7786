import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import type { GenericContainer, StartedTestContainer } from "testcontainers";
import { DevstackError } from "./devstack-error.ts";
import { freePort } from "./free-port.ts";
import { kafkaImage, redisImage } from "./images.ts";
import { untilKafkaAnswers } from "./kafka-readiness.ts";
import { asImageEnvironment, kafkaSettings } from "./kafka-settings.ts";
import { untilRedisAnswers } from "./redis-readiness.ts";
import type { RunningService, ServicePower } from "./running-service.ts";
import type { StartContext } from "./start-context.ts";
import { dockerEngineAddress, dockerEngineVersion } from "./system-tools.ts";
import { unlessAborted, withLimit } from "./with-limit.ts";

/** A Docker engine that answered; its containers end with the supervisor. */
export interface DockerEngine {
  /** Answers when the broker does; the image is pulled where it is missing. */
  startKafka(): Promise<RunningService>;
  /** Answers when Redis does; the image is pulled where it is missing. A lasting one has its data again after a stop. */
  startRedis(isLasting: boolean): Promise<RunningService>;
}

/** Asks the engine that the docker command talks to; `undefined` when none answers. */
export async function findDockerEngine(context: StartContext): Promise<DockerEngine | undefined> {
  const version = await dockerEngineVersion(context);
  if (version === undefined) return undefined;
  const address = await dockerEngineAddress(context);
  // testcontainers looks for an engine by itself; it shall find the one that answered. Its reaper is an image of its
  // own that not every registry has: the supervisor removes what is left instead.
  process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
  if (address !== undefined) process.env["DOCKER_HOST"] ??= address;
  if (process.env["DOCKER_HOST"]?.startsWith("unix:") !== false) {
    process.env["TESTCONTAINERS_HOST_OVERRIDE"] ??= "127.0.0.1";
  }
  const label = `autorec.devstack=${randomUUID()}`;
  await context.supervisor.ownContainers(label);
  return new EngineWithLabel(label, version, context.signal);
}

/** Pulling an image over a slow line included. */
const startLimitMs = 300_000;
const answerLimitMs = 60_000;
const stopPatienceS = 10;

class EngineWithLabel implements DockerEngine {
  readonly #label: string;
  readonly #version: string;
  readonly #signal: AbortSignal;

  constructor(label: string, version: string, signal: AbortSignal) {
    this.#label = label;
    this.#version = version;
    this.#signal = signal;
  }

  async startKafka(): Promise<RunningService> {
    const port = await freePort();
    // As in local-kafka.ts: never a dash at the front.
    const clusterId = Buffer.concat([Buffer.alloc(1), randomBytes(15)]).toString("base64url");
    // Inside the container only the port of the clients is published; the controller's cannot collide.
    const settings = kafkaSettings(port, 9093, "/tmp/kraft-combined-logs", "0.0.0.0");
    const { GenericContainer, Wait } = await import("testcontainers");
    const plan = new GenericContainer(kafkaImage)
      .withLabels(labelsOf(this.#label))
      .withEnvironment({ ...asImageEnvironment(settings), CLUSTER_ID: clusterId, KAFKA_HEAP_OPTS: "-Xmx512m" })
      .withExposedPorts({ container: port, host: port })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/));
    const container = await started(plan, `starting ${kafkaImage}`, this.#signal);
    const address = `${container.getHost()}:${port}`;
    await untilKafkaAnswers(address, { limitMs: answerLimitMs, clusterId, signal: this.#signal });
    return {
      address,
      describe: `Kafka in Docker ${this.#version} (${kafkaImage}), port ${port}`,
      power: powerOf(container.getId(), () => untilKafkaAnswers(address, { limitMs: answerLimitMs, clusterId })),
    };
  }

  async startRedis(isLasting: boolean): Promise<RunningService> {
    const port = await freePort();
    const { GenericContainer, Wait } = await import("testcontainers");
    const plan = new GenericContainer(redisImage)
      .withLabels(labelsOf(this.#label))
      .withCommand(["redis-server", "--save", "", "--appendonly", isLasting ? "yes" : "no"])
      .withExposedPorts({ container: 6379, host: port })
      .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/));
    const container = await started(plan, `starting ${redisImage}`, this.#signal);
    const address = `redis://${container.getHost()}:${port}`;
    await untilRedisAnswers(address, { limitMs: answerLimitMs, signal: this.#signal });
    return {
      address,
      describe: `Redis in Docker ${this.#version} (${redisImage}), port ${port}`,
      power: powerOf(container.getId(), () => untilRedisAnswers(address, { limitMs: answerLimitMs })),
    };
  }
}

/** Stops and starts the container with its port and data. */
function powerOf(id: string, untilAnswers: () => Promise<unknown>): ServicePower {
  return {
    stop: () => docker(["stop", "-t", `${stopPatienceS}`, id]),
    start: async () => {
      await docker(["start", id]);
      await untilAnswers();
    },
  };
}

/** testcontainers cannot be called off: a container that comes after nobody waits for it any more is removed. */
async function started(plan: GenericContainer, what: string, signal: AbortSignal): Promise<StartedTestContainer> {
  const starting = plan.start();
  try {
    return await withLimit(unlessAborted(starting, signal), startLimitMs, what);
  } catch (err) {
    starting.then((late) => late.stop()).catch(() => undefined);
    throw err;
  }
}

function labelsOf(label: string): Record<string, string> {
  const [name = "", value = ""] = label.split("=");
  return { [name]: value };
}

async function docker(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)("docker", [...args], { timeout: 60_000 });
  } catch (err) {
    throw new DevstackError(`docker ${args.join(" ")} failed`, { cause: err });
  }
}
