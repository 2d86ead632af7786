import { DevstackError, messageOf } from "./devstack-error.ts";
import { findDockerEngine, type DockerEngine } from "./docker-services.ts";
import { untilKafkaAnswers, untilKafkaListens } from "./kafka-readiness.ts";
import { startLocalKafka } from "./local-kafka.ts";
import { startLocalRedis } from "./local-redis.ts";
import { untilRedisAnswers, withoutPassword } from "./redis-readiness.ts";
import type { RunningService, ServicePower } from "./running-service.ts";
import type { StartContext } from "./start-context.ts";
import { startSupervised } from "./start-supervised.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Env } from "./system-tools.ts";

/** What to start; both services unless one is switched off. */
export interface DevstackOptions {
  readonly kafka?: boolean;
  readonly redis?: boolean;
  /** A broker of one's own even if KAFKA_BROKERS names one: for tests that stop and start it. */
  readonly ownBroker?: boolean;
  /** A Redis of one's own that keeps its data when it is stopped and started, even if REDIS_URL names one. */
  readonly ownRedis?: boolean;
  /** Gets one line per step; the last one says what is used. */
  readonly log: (line: string) => void;
  /** Where KAFKA_BROKERS, REDIS_URL, PATH and the like are read; the environment of this process by default. */
  readonly env?: Env;
  /** Calls the start off: it rejects with the signal's reason, when nothing that it had begun is left. */
  readonly signal?: AbortSignal;
}

/** Kafka and Redis that answer; `stop` ends whatever was started for it, and so does the end of this process. */
export interface Devstack {
  /** Comma-separated `host:port`; empty when Kafka was switched off. */
  readonly kafkaBrokers: string;
  /** `redis://host:port`; empty when Redis was switched off. */
  readonly redisUrl: string;
  /** One line that says what is used. */
  readonly describe: string;
  /** Ends the broker, its port and data are kept. Rejects for a broker that somebody else runs. */
  stopKafka(): Promise<void>;
  /** Starts the stopped broker on the same port with the same data; returns when it answers. */
  startKafka(): Promise<void>;
  /** `stopKafka`, then `startKafka`. */
  restartKafka(): Promise<void>;
  /** Ends Redis; its port is kept, and its data when it was started with `ownRedis`. Rejects for one that somebody else runs. */
  stopRedis(): Promise<void>;
  /** Starts the stopped Redis on the same port; returns when it answers. */
  startRedis(): Promise<void>;
  /** Ends everything and removes its data; safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Kafka and Redis without asking anything: those that KAFKA_BROKERS and REDIS_URL name, else containers of a Docker
 * engine that answers, else programs of this machine. Throws an error that says what to install when nothing works.
 */
export async function startDevstack(options: DevstackOptions): Promise<Devstack> {
  const { env = process.env, signal = new AbortController().signal } = options;
  const log = (line: string): void => options.log(`devstack: ${line}`);
  return startSupervised(async (supervisor) => {
    const finder = new ServiceFinder({ supervisor, env, log, signal });
    const [kafka, redis] = await bothOrNeither([
      options.kafka === false ? undefined : finder.kafka(options.ownBroker ?? false),
      options.redis === false ? undefined : finder.redis(options.ownRedis ?? false),
    ]);
    signal.throwIfAborted();
    const describe = [kafka?.describe, redis?.describe].filter((part) => part !== undefined).join("; ");
    log(describe);
    return new StartedDevstack(supervisor, describe, { kafka, redis });
  }, signal);
}

const givenLimitMs = 10_000;

/** Waits for both even if one fails, so that the clean-up meets nothing that is still starting. */
async function bothOrNeither<Kafka, Redis>([kafka, redis]: readonly [Kafka, Redis]): Promise<
  [Awaited<Kafka>, Awaited<Redis>]
> {
  await Promise.allSettled([kafka, redis]);
  return [await kafka, await redis];
}

/** Looks for each service in the order of the package's README. */
class ServiceFinder {
  readonly #context: StartContext;
  #engine: Promise<DockerEngine | undefined> | undefined;

  constructor(context: StartContext) {
    this.#context = context;
  }

  async kafka(ownBroker: boolean): Promise<RunningService> {
    const given = this.#context.env["KAFKA_BROKERS"];
    if (given !== undefined && given !== "" && !ownBroker) return givenKafka(given, this.#context);
    return this.#start("Kafka", {
      inDocker: (engine) => engine.startKafka(),
      local: () => startLocalKafka(this.#context),
      instead: "KAFKA_BROKERS=host:port of a Kafka that runs",
    });
  }

  async redis(ownRedis: boolean): Promise<RunningService> {
    const given = this.#context.env["REDIS_URL"];
    if (given !== undefined && given !== "" && !ownRedis) return givenRedis(given, this.#context);
    return this.#start("Redis", {
      inDocker: (engine) => engine.startRedis(ownRedis),
      local: () => startLocalRedis(this.#context, ownRedis),
      instead: "REDIS_URL=redis://host:port of a Redis (6.2 or newer) that runs, or AUTOREC_INSTALL=1 to install one",
    });
  }

  async #start(what: string, ways: Ways): Promise<RunningService> {
    const { log, signal } = this.#context;
    this.#engine ??= findDockerEngine(this.#context);
    const engine = await this.#engine;
    signal.throwIfAborted();
    const reasons: string[] = [];
    if (engine === undefined) {
      reasons.push("Docker: no engine answers (docker version)");
    } else {
      try {
        return await ways.inDocker(engine);
      } catch (err) {
        signal.throwIfAborted();
        reasons.push(`Docker: ${messageOf(err)}`);
        log(`${what} cannot be started in Docker (${messageOf(err)}), trying this machine's programs`);
      }
    }
    try {
      return await ways.local();
    } catch (err) {
      reasons.push(`this machine: ${messageOf(err)}`);
      throw new DevstackError(howToGet(what, reasons, ways.instead), { cause: err });
    }
  }
}

interface Ways {
  readonly inDocker: (engine: DockerEngine) => Promise<RunningService>;
  readonly local: () => Promise<RunningService>;
  readonly instead: string;
}

function howToGet(what: string, reasons: readonly string[], instead: string): string {
  return [
    `${what} could not be started:`,
    ...reasons.map((reason) => `  - ${reason}`),
    `Any one of these is enough:`,
    `  - a Docker engine that runs (https://docs.docker.com/engine/install)`,
    `  - Java 17 or newer and Maven (Debian, Ubuntu: apt-get install default-jre-headless maven; macOS: brew install openjdk maven)`,
    `  - ${instead}`,
  ].join("\n");
}

async function givenKafka(brokers: string, { env, signal }: StartContext): Promise<RunningService> {
  const guarded = [env["KAFKA_TLS"], env["KAFKA_SASL_MECHANISM"]].some((value) => value !== undefined && value !== "");
  try {
    const patience = { limitMs: givenLimitMs, signal };
    await (guarded ? untilKafkaListens(brokers, patience) : untilKafkaAnswers(brokers, patience));
  } catch (err) {
    throw new DevstackError(`KAFKA_BROKERS=${brokers}: ${messageOf(err)}; start it, correct it or unset it`, {
      cause: err,
    });
  }
  return { address: brokers, describe: `Kafka at ${brokers} (KAFKA_BROKERS)` };
}

async function givenRedis(url: string, { signal }: StartContext): Promise<RunningService> {
  try {
    const version = await untilRedisAnswers(url, { limitMs: givenLimitMs, signal });
    return { address: url, describe: `Redis ${version} at ${withoutPassword(url)} (REDIS_URL)` };
  } catch (err) {
    throw new DevstackError(`REDIS_URL: ${messageOf(err)}; start it, correct it or unset it`, { cause: err });
  }
}

interface StartedServices {
  readonly kafka: RunningService | undefined;
  readonly redis: RunningService | undefined;
}

class StartedDevstack implements Devstack {
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
  readonly describe: string;
  readonly #supervisor: Supervisor;
  readonly #services: StartedServices;

  constructor(supervisor: Supervisor, describe: string, services: StartedServices) {
    const { kafka, redis } = services;
    this.kafkaBrokers = kafka?.address ?? "";
    this.redisUrl = redis?.address ?? "";
    this.describe = describe;
    this.#supervisor = supervisor;
    this.#services = services;
  }

  stopKafka(): Promise<void> {
    return this.#power("kafka").stop();
  }

  startKafka(): Promise<void> {
    return this.#power("kafka").start();
  }

  async restartKafka(): Promise<void> {
    await this.stopKafka();
    await this.startKafka();
  }

  stopRedis(): Promise<void> {
    return this.#power("redis").stop();
  }

  startRedis(): Promise<void> {
    return this.#power("redis").start();
  }

  stop(): Promise<void> {
    return this.#supervisor.end();
  }

  #power(name: keyof StartedServices): ServicePower {
    const power = this.#services[name]?.power;
    if (power !== undefined) return power;
    const [what, option] = name === "kafka" ? ["Kafka", "ownBroker"] : ["Redis", "ownRedis"];
    throw new DevstackError(`this devstack runs no ${what} of its own; ask for one with ${option}: true`);
  }
}
