import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Durations } from "@autorec/domain";
import { durationsToEnv } from "@autorec/settings";
import type { SimulatorSettingsInput } from "@autorec/simulator";

/** The repository's root: where the services' sources and the example policy are. */
export const repositoryRoot = fileURLToPath(new URL("../../../../", import.meta.url));

/** The policy that services get when nothing else is said: everything is recorded. */
export const examplePolicyPath = join(repositoryRoot, "examples", "simulator.autorec.yaml");

/** Credentials of one run: nobody else's, so that a leak of them in any output is found by searching for them. */
export interface StackSecrets {
  readonly appId: string;
  readonly appCertificate: string;
  readonly customerId: string;
  readonly customerSecret: string;
  readonly storageAccessKey: string;
  readonly storageSecretKey: string;
}

/** Credentials that no other run has, in the forms that autorec and the simulator check. */
export function drawSecrets(): StackSecrets {
  const hex = (bytes: number): string => randomBytes(bytes).toString("hex");
  return {
    appId: hex(16),
    appCertificate: hex(16),
    customerId: hex(16),
    customerSecret: `customer-secret-${hex(12)}`,
    storageAccessKey: `access-key-${hex(8)}`,
    storageSecretKey: `secret-key-${hex(12)}`,
  };
}

/** What the simulator of a run is set up with. */
export interface SimulatorFileOptions {
  /** An existing folder; the file in it holds secrets and is readable by its owner alone. */
  readonly folder: string;
  readonly secrets: StackSecrets;
  readonly durations: Durations;
  readonly requestsPerSecond: number;
  readonly delivery: NonNullable<SimulatorSettingsInput["delivery"]>;
  /** Of the policy's rules, for the judge; one for all channels when absent. */
  readonly recoveries?: readonly { readonly channel: string; readonly coverAfterMs: number }[];
}

/** Writes the simulator's settings, with autorec's durations beside them for whoever judges; answers the path. */
export function writeSimulatorSettings(options: SimulatorFileOptions): string {
  const { secrets } = options;
  const settings: SimulatorSettingsInput = {
    profile: "fast",
    accounts: [
      {
        customerId: secrets.customerId,
        customerSecret: secrets.customerSecret,
        requestsPerSecond: options.requestsPerSecond,
        workersMax: 1_000,
        apps: [{ appId: secrets.appId, appCertificate: secrets.appCertificate }],
      },
    ],
    delivery: options.delivery,
    ...(options.recoveries === undefined ? {} : { recoveries: [...options.recoveries] }),
    client: Object.fromEntries(
      Object.entries(options.durations).map(([name, value]: [string, number | readonly number[]]) => [
        name,
        typeof value === "number" ? value : [...value],
      ]),
    ),
  };
  const path = join(options.folder, "simulator.json");
  writeFileSync(path, JSON.stringify(settings, undefined, 2), { mode: 0o600 });
  return path;
}

/** What tells one run's services from another's. */
export interface ServiceEnvOptions {
  /** Prefix of the run's keys, topics and group, and its deployment id. */
  readonly runId: string;
  readonly secrets: StackSecrets;
  readonly durations: Durations;
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
  readonly simulatorUrl: string;
  /** The rules; the example policy when absent. */
  readonly policyPath?: string;
}

/** The environment that every service of a run shares. */
export function serviceEnv(options: ServiceEnvOptions): Readonly<Record<string, string>> {
  const { runId, secrets } = options;
  return {
    ...durationsToEnv(options.durations),
    KAFKA_BROKERS: options.kafkaBrokers,
    REDIS_URL: options.redisUrl,
    AGORA_BASE_URL: options.simulatorUrl,
    AGORA_APP_ID: secrets.appId,
    AGORA_APP_CERTIFICATE: secrets.appCertificate,
    AGORA_CUSTOMER_ID: secrets.customerId,
    AGORA_CUSTOMER_SECRET: secrets.customerSecret,
    STORAGE_ACCESS_KEY: secrets.storageAccessKey,
    STORAGE_SECRET_KEY: secrets.storageSecretKey,
    AUTOREC_CONFIG: options.policyPath ?? examplePolicyPath,
    AUTOREC_DEPLOYMENT_ID: runId,
    AUTOREC_KEY_PREFIX: runId,
    AUTOREC_TOPIC_PREFIX: `${runId}.`,
    AUTOREC_GROUP: `${runId}.consumer`,
    HTTP_HOST: "127.0.0.1",
    HTTP_PORT: "0",
    LOG_LEVEL: "info",
  };
}
