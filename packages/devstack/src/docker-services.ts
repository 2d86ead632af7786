import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { DevstackError } from "./devstack-error.ts";
import { freePort } from "./free-port.ts";
import { kafkaImage, redisImage } from "./images.ts";
import { untilKafkaAnswers } from "./kafka-readiness.ts";
import { asImageEnvironment, kafkaSettings } from "./kafka-settings.ts";
import { untilRedisAnswers } from "./redis-readiness.ts";
import type { RunningService } from "./running-service.ts";
import type { Supervisor } from "./supervisor.ts";
import { dockerEngineAddress, dockerEngineVersion, type Env } from "./system-tools.ts";
import { withLimit } from "./with-limit.ts";

/** A Docker engine that answered; its containers end with the supervisor. */
export interface DockerEngine {
  startKafka(): Promise<RunningService>;
  startRedis(): Promise<RunningService>;
}

/** Asks the engine that the docker command talks to; `undefined` when none answers. */
export async function findDockerEngine(supervisor: Supervisor, env: Env): Promise<DockerEngine | undefined> {
  const version = await dockerEngineVersion(env);
  if (version === undefined) return undefined;
  const address = await dockerEngineAddress(env);
  // testcontainers looks for an engine by itself; it shall find the one that answered. Its reaper is an image of its
  // own that not every registry has: the supervisor removes what is left instead.
  process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
  if (address !== undefined) process.env["DOCKER_HOST"] ??= address;
  if (process.env["DOCKER_HOST"]?.startsWith("unix:") !== false) {
    process.env["TESTCONTAINERS_HOST_OVERRIDE"] ??= "127.0.0.1";
  }
  const label = `autorec.devstack=${randomUUID()}`;
  await supervisor.ownContainers(label);
  return new EngineWithLabel(label, version);
}

/** Pulling an image over a slow line included. */
const startLimitMs = 300_000;
const answerLimitMs = 60_000;
const stopPatienceS = 10;

class EngineWithLabel implements DockerEngine {
  readonly #label: string;
  readonly #version: string;

  constructor(label: string, version: string) {
    this.#label = label;
    this.#version = version;
  }

  async startKafka(): Promise<RunningService> {
    const port = await freePort();
    // As in local-kafka.ts: never a dash at the front.
    const clusterId = Buffer.concat([Buffer.alloc(1), randomBytes(15)]).toString("base64url");
    // Inside the container only the port of the clients is published; the controller's cannot collide.
    const settings = kafkaSettings(port, 9093, "/tmp/kraft-combined-logs", "0.0.0.0");
    const { GenericContainer, Wait } = await import("testcontainers");
    const container = await withLimit(
      new GenericContainer(kafkaImage)
        .withLabels(labelsOf(this.#label))
        .withEnvironment({ ...asImageEnvironment(settings), CLUSTER_ID: clusterId, KAFKA_HEAP_OPTS: "-Xmx512m" })
        .withExposedPorts({ container: port, host: port })
        .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
        .start(),
      startLimitMs,
      `starting ${kafkaImage}`,
    );
    const address = `${container.getHost()}:${port}`;
    await untilKafkaAnswers(address, { limitMs: answerLimitMs, clusterId });
    const id = container.getId();
    return {
      address,
      describe: `Kafka in Docker ${this.#version} (${kafkaImage}), port ${port}`,
      power: {
        stop: async () => {
          await docker(["stop", "-t", `${stopPatienceS}`, id]);
        },
        start: async () => {
          await docker(["start", id]);
          await untilKafkaAnswers(address, { limitMs: answerLimitMs, clusterId });
        },
      },
    };
  }

  async startRedis(): Promise<RunningService> {
    const port = await freePort();
    const { GenericContainer, Wait } = await import("testcontainers");
    const container = await withLimit(
      new GenericContainer(redisImage)
        .withLabels(labelsOf(this.#label))
        .withCommand(["redis-server", "--save", "", "--appendonly", "no"])
        .withExposedPorts({ container: 6379, host: port })
        .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
        .start(),
      startLimitMs,
      `starting ${redisImage}`,
    );
    const address = `redis://${container.getHost()}:${port}`;
    await untilRedisAnswers(address, { limitMs: answerLimitMs });
    return { address, describe: `Redis in Docker ${this.#version} (${redisImage}), port ${port}` };
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
