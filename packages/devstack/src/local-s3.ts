import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { cachedFolder, defaultCacheRoot } from "./cached-folder.ts";
import { DevstackError } from "./devstack-error.ts";
import { requireDiskSpace } from "./disk-space.ts";
import { withPortRetries } from "./free-port.ts";
import { copyArtifacts } from "./maven-artifacts.ts";
import { untilS3Answers } from "./s3-readiness.ts";
import type { StartContext } from "./start-context.ts";
import { startSupervised } from "./start-supervised.ts";
import { findJava, hasMaven, type Env } from "./system-tools.ts";

/** How to start an S3-compatible store. */
export interface LocalS3Options {
  /** Gets one line per step; the last one says what is used. */
  readonly log: (line: string) => void;
  /** Where PATH, JAVA_HOME and the like are read; the environment of this process by default. */
  readonly env?: Env;
  /** Calls the start off: it rejects with the signal's reason, when nothing that it had begun is left. */
  readonly signal?: AbortSignal;
}

/** An S3-compatible store that answers; `stop` ends it and removes its data, and so does the end of this process. */
export interface LocalS3 {
  /** `http://host:port`; buckets are in the path. It has none at first: `PUT /bucket` makes one. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Adobe's S3Mock of Maven Central on this machine's Java. It takes any keys: it keeps the rules about buckets and
 * objects, not those about who may use them. Throws an error that says what to install when it cannot be started.
 */
export async function startLocalS3(options: LocalS3Options): Promise<LocalS3> {
  const { env = process.env, signal = new AbortController().signal } = options;
  const log = (line: string): void => options.log(`devstack: ${line}`);
  return startSupervised(async (supervisor) => {
    const endpoint = await runS3Mock({ supervisor, env, log, signal });
    log(`S3Mock ${s3Mock.version} on this machine's Java, ${endpoint}`);
    return { endpoint, stop: () => supervisor.end() };
  }, signal);
}

const s3Mock = {
  group: "com.adobe.testing",
  name: "s3mock",
  version: "4.7.0",
  classifier: "exec",
  // The executable jar holds everything that it needs.
  alone: true,
} as const;
/** The jar, and the same once more in Maven's repository. */
const downloadMiB = 120;
const dataMiB = 50;
/** 4 s on an idle machine, 12 s were seen on a busy one. */
const startLimitMs = 60_000;

async function runS3Mock(context: StartContext): Promise<string> {
  const { supervisor, signal } = context;
  const java = await findJava(context);
  if (java === undefined) throw new DevstackError("no Java 17 or newer found (java -version)");
  await requireDiskSpace(supervisor.folder, dataMiB, "TMPDIR");
  const jar = join(await s3MockFolder(context), `s3mock-${s3Mock.version}-exec.jar`);
  const root = join(supervisor.folder, "s3");
  mkdirSync(root);
  return withPortRetries(async (port) => {
    const settings = {
      "com.adobe.testing.s3mock.httpPort": port,
      "com.adobe.testing.s3mock.store.root": root,
      // It insists on TLS beside HTTP; nobody asks for it. This address holds for that one only.
      "server.address": "127.0.0.1",
      "server.port": 0,
      "java.io.tmpdir": supervisor.folder,
    };
    const args = [
      ...["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"],
      ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
      ...["-jar", jar],
    ];
    const program = await supervisor.run({ name: "s3mock", command: java, args });
    const endpoint = `http://127.0.0.1:${port}`;
    await untilS3Answers(endpoint, { limitMs: startLimitMs, requireAlive: () => program.requireAlive(), signal });
    return endpoint;
  });
}

async function s3MockFolder(context: StartContext): Promise<string> {
  const { supervisor, env, log } = context;
  const cacheRoot = defaultCacheRoot(env);
  return cachedFolder({
    cacheRoot,
    name: `s3mock-${s3Mock.version}`,
    log,
    make: async (folder) => {
      if (!(await hasMaven(context))) throw new DevstackError("no Maven found (mvn -version) to download S3Mock with");
      await requireDiskSpace(cacheRoot, downloadMiB, "XDG_CACHE_HOME");
      log(`downloading S3Mock ${s3Mock.version} from Maven Central (57 MB, once)`);
      await copyArtifacts(supervisor, [s3Mock], folder);
    },
  });
}
