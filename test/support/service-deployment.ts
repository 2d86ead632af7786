import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drawSecrets, serviceEnv } from "@autorec/demo";
import type { StackSecrets } from "@autorec/demo";
import { fastDurations } from "@autorec/domain";
import { createLogger } from "@autorec/service-kit";
import { onTestFinished } from "vitest";
import { createAdmin, createKafkaFor, testKafkaBrokers } from "./kafka.ts";
import { deletePrefix, openBareRedis, randomPrefix, testRedisUrl } from "./redis.ts";
import type { ServiceEnvironment } from "./service-process.ts";

/** Names, credentials and files of a deployment that nobody else uses; no process runs yet. */
export interface ServiceDeployment {
  readonly prefix: string;
  readonly secrets: StackSecrets;
  /** A complete environment; Agora's address is one where nobody answers, unless another is given. */
  readonly env: ServiceEnvironment;
  /** The example policy changed by the given edit, as a file; answers its path. */
  policy(name: string, edit: (text: string) => string): Promise<string>;
  /** Removes its topics, groups, keys and files. */
  remove(): Promise<void>;
}

const nobody = "http://127.0.0.1:9";
const examplePolicy = new URL("../../examples/simulator.autorec.yaml", import.meta.url);

export async function openDeployment(simulatorUrl: string = nobody): Promise<ServiceDeployment> {
  const prefix = randomPrefix();
  const secrets = drawSecrets();
  const folder = await mkdtemp(join(tmpdir(), "autorec-services-"));
  const addresses = { kafkaBrokers: testKafkaBrokers(), redisUrl: testRedisUrl(), simulatorUrl };
  return {
    prefix,
    secrets,
    env: serviceEnv({ runId: prefix, secrets, durations: fastDurations, ...addresses }),
    async policy(name, edit) {
      const path = join(folder, name);
      await writeFile(path, edit(await readFile(examplePolicy, "utf8")));
      return path;
    },
    async remove() {
      await Promise.all([deleteTopics(prefix), deleteKeys(prefix), rm(folder, { recursive: true })]);
    },
  };
}

/** A deployment that is removed when the test ends. */
export async function deploymentOfTest(): Promise<ServiceDeployment> {
  const deployment = await openDeployment();
  onTestFinished(() => deployment.remove());
  return deployment;
}

export function silentKafka(): ReturnType<typeof createKafkaFor> {
  return createKafkaFor(createLogger({ service: "test", instanceId: "test", version: "0", level: "silent" }).log);
}

/** Names of the topics that begin with the deployment's prefix. */
export async function topicsOf(prefix: string): Promise<readonly string[]> {
  const admin = await createAdmin(silentKafka());
  try {
    return (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
  } finally {
    await admin.disconnect();
  }
}

async function deleteTopics(prefix: string): Promise<void> {
  const topics = await topicsOf(prefix);
  const admin = await createAdmin(silentKafka());
  try {
    if (topics.length > 0) await admin.deleteTopics({ topics: [...topics] });
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    await admin.deleteGroups(groups.filter((groupId) => groupId.startsWith(prefix)));
  } finally {
    await admin.disconnect();
  }
}

async function deleteKeys(prefix: string): Promise<void> {
  const redis = openBareRedis();
  try {
    await deletePrefix(redis, prefix);
  } finally {
    redis.disconnect();
  }
}
