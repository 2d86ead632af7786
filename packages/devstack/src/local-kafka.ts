import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachedFolder, defaultCacheRoot } from "./cached-folder.ts";
import { DevstackError } from "./devstack-error.ts";
import { requireDiskSpace } from "./disk-space.ts";
import { freePort, withPortRetries } from "./free-port.ts";
import { kafkaVersion } from "./images.ts";
import { untilKafkaAnswers } from "./kafka-readiness.ts";
import { kafkaSettings } from "./kafka-settings.ts";
import { copyArtifacts } from "./maven-artifacts.ts";
import type { RunningService, ServicePower } from "./running-service.ts";
import type { StartContext } from "./start-context.ts";
import type { Program } from "./supervisor-messages.ts";
import type { RunningProgram, Supervisor } from "./supervisor.ts";
import { findJava, hasMaven } from "./system-tools.ts";

/** How a broker differs from the usual one. */
export interface BrokerVariant {
  /** Answers the settings to use, given the usual ones; asked again for each port that is tried. */
  readonly settings: (usual: KafkaProperties) => Promise<KafkaProperties>;
  /** Further options of the tool that formats the data folder. */
  readonly formatOptions: readonly string[];
}

type KafkaProperties = Readonly<Record<string, string>>;

/** A Kafka of Maven Central on this machine's Java, one KRaft node, under the supervisor. */
export async function startLocalKafka(context: StartContext, variant?: BrokerVariant): Promise<RunningService> {
  const { supervisor, log, signal } = context;
  const java = await findJava(context);
  if (java === undefined) throw new DevstackError("no Java 17 or newer found (java -version)");
  await requireDiskSpace(supervisor.folder, dataMiB, "TMPDIR");
  const jars = await kafkaJars(context);

  return withPortRetries(async (port) => {
    const broker = new LocalKafka({ supervisor, java, jars, log, port, signal, variant });
    await broker.format();
    await broker.start();
    return {
      address: `127.0.0.1:${port}`,
      describe: `Kafka ${kafkaVersion} on this machine's Java, port ${port}`,
      power: broker,
    };
  });
}

/** What a broker's log and index files take at the start, with room for a long demo. */
const dataMiB = 100;
/** The jars, and the same once more in Maven's repository. */
const downloadMiB = 150;
const startLimitMs = 180_000;
const stopPatienceMs = 10_000;

async function kafkaJars(context: StartContext): Promise<string> {
  const { supervisor, env, log } = context;
  const cacheRoot = defaultCacheRoot(env);
  return cachedFolder({
    cacheRoot,
    name: `kafka-${kafkaVersion}`,
    log,
    make: async (folder) => {
      if (!(await hasMaven(context))) throw new DevstackError("no Maven found (mvn -version) to download Kafka with");
      await requireDiskSpace(cacheRoot, downloadMiB, "XDG_CACHE_HOME");
      log(`downloading Kafka ${kafkaVersion} from Maven Central (54 MB, once)`);
      const kafka = { group: "org.apache.kafka", version: kafkaVersion };
      const artifacts = [
        { ...kafka, name: "kafka_2.13" },
        { ...kafka, name: "kafka-tools" },
        // Kafka's jars bring no logger of their own; without one a broker dies in silence.
        { group: "org.slf4j", name: "slf4j-simple", version: "1.7.36" },
      ];
      await copyArtifacts(supervisor, artifacts, folder);
    },
  });
}

interface LocalKafkaParts {
  readonly supervisor: Supervisor;
  readonly java: string;
  readonly jars: string;
  readonly log: (line: string) => void;
  readonly port: number;
  readonly signal: AbortSignal;
  readonly variant: BrokerVariant | undefined;
}

class LocalKafka implements ServicePower {
  readonly #parts: LocalKafkaParts;
  // The zero at the front keeps the encoded id from beginning with a dash, which the format tool takes for an option.
  readonly #clusterId = Buffer.concat([Buffer.alloc(1), randomBytes(15)]).toString("base64url");
  #program: RunningProgram | undefined;

  constructor(parts: LocalKafkaParts) {
    this.#parts = parts;
  }

  /** Writes the settings and formats a fresh data folder. */
  async format(): Promise<void> {
    const { supervisor, port, variant } = this.#parts;
    const data = join(supervisor.folder, `kafka-${port}`);
    mkdirSync(data, { recursive: true });
    const usual = kafkaSettings(port, await freePort(), data, "127.0.0.1");
    const settings = variant === undefined ? usual : await variant.settings(usual);
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(supervisor.folder, "server.properties"), lines.join(""));
    const tool = ["kafka.tools.StorageTool", "format", "-t", this.#clusterId, "-c", "server.properties"];
    const format = [...tool, ...(variant?.formatOptions ?? [])];
    await supervisor.runToEnd(this.#javaProgram("kafka-format", format), startLimitMs);
  }

  async start(): Promise<void> {
    const { supervisor, port, log, signal } = this.#parts;
    const program = await supervisor.run(this.#javaProgram("kafka", ["kafka.Kafka", "server.properties"]));
    this.#program = program;
    await untilKafkaAnswers(`127.0.0.1:${port}`, {
      limitMs: startLimitMs,
      clusterId: this.#clusterId,
      requireAlive: () => program.requireAlive(),
      signal,
    });
    program.exited.then(
      (how) => {
        if (this.#program === program && !supervisor.ending)
          log(`Kafka ended by itself (${how}): ${program.logTail()}`);
      },
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    await program?.halt(stopPatienceMs);
  }

  #javaProgram(name: string, args: readonly string[]): Program {
    // Small and quick to start rather than fast in the long run: it shares two cores with what it serves.
    const options = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"];
    const logging = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn";
    return {
      name,
      command: this.#parts.java,
      args: [...options, logging, "-cp", join(this.#parts.jars, "*"), ...args],
    };
  }
}
