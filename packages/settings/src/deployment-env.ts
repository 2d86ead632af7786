import { z } from "zod";

/** What makes this installation different from another one on the same Kafka, Redis or Agora account. */
export interface DeploymentSettings {
  /** Part of the recorder uids: two installations on one app must differ here. */
  readonly deploymentId: string;
  readonly keyPrefix: string;
  readonly shards: number;
  readonly topicPrefix: string;
  /** Topic of Agora's recording notifications, prefix included; absent = none is read. */
  readonly recordingTopic: string | undefined;
  readonly group: string;
  /** Absent = host name and process id. */
  readonly instanceId: string | undefined;
  readonly configPath: string;
  readonly agoraBaseUrl: string;
  /** Absent = no other host. */
  readonly agoraBaseUrlSecond: string | undefined;
  readonly acceptEmptyRedis: boolean;
}

const word = (about: string, example?: string) => ({
  description: about,
  expects: "1 … 64 letters, digits, dots, hyphens or underscores",
  ...(example === undefined ? {} : { example }),
});
const wordSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: "1 … 64 letters, digits, dots, hyphens or underscores" });

const baseUrlExpectation = "https://host[:port] without a path; http only for loopback and names without a dot";
const baseUrlSchema = z
  .string()
  .refine(isBaseUrl, { error: baseUrlExpectation })
  .transform((url) => url.replace(/\/$/, ""));

/** A simulator has no counterpart at Agora: its channels and credentials are nobody's there. */
const otherHosts: ReadonlyMap<string, string> = new Map([
  ["https://api.agora.io", "https://api.sd-rtn.com"],
  ["https://api.sd-rtn.com", "https://api.agora.io"],
]);

/** Section of the environment: the deployment, its names in Kafka and Redis, its policy file and Agora's hosts. */
export const deploymentEnv = z
  .object({
    AUTOREC_DEPLOYMENT_ID: wordSchema.meta(
      word("Name of this installation; part of the recorder uids, never change it while recording.", "prod-eu"),
    ),
    AUTOREC_KEY_PREFIX: wordSchema
      .prefault("autorec")
      .meta({ ...word("Begins every Redis key."), fallback: "autorec" }),
    AUTOREC_SHARDS: z
      .string()
      .regex(/^(?:[1-9]\d{0,2}|10[01]\d|102[0-4])$/, { error: "a whole number, 1 … 1024" })
      .prefault("16")
      .meta({
        description: "Shards in Redis; fixed at the first start.",
        expects: "a whole number, 1 … 1024",
        fallback: "16",
      }),
    AUTOREC_TOPIC_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9._-]{0,64}$/, { error: "at most 64 letters, digits, dots, hyphens or underscores" })
      .prefault("")
      .meta({
        description: "Begins every Kafka topic.",
        expects: "at most 64 letters, digits, dots, hyphens or underscores",
        fallback: "",
      }),
    AUTOREC_RECORDING_TOPIC: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,128}$/, { error: "1 … 128 letters, digits, dots, hyphens or underscores" })
      .optional()
      .meta({
        description:
          "Kafka topic with Agora's recording notifications (product 3), AUTOREC_TOPIC_PREFIX goes before it; absent: none is read.",
        expects: "1 … 128 letters, digits, dots, hyphens or underscores",
        example: "agora.recording-events",
      }),
    AUTOREC_GROUP: wordSchema
      .prefault("autorec-consumer")
      .meta({ ...word("Kafka consumer group."), fallback: "autorec-consumer" }),
    AUTOREC_INSTANCE_ID: wordSchema
      .optional()
      .meta(word("Name of this process in logs and leases; host name and process id when absent.")),
    AUTOREC_CONFIG: z
      .string()
      .prefault("autorec.yaml")
      .meta({ description: "The policy file.", expects: "a path", fallback: "autorec.yaml" }),
    AGORA_BASE_URL: baseUrl(
      "https://api.agora.io",
      "Agora's host; https://api.sd-rtn.com in mainland China, or the simulator's address.",
    ),
    AGORA_BASE_URL_SECOND: baseUrlSchema.optional().meta({
      description:
        "Agora's other host, for when the first one fails; absent: the other one of api.agora.io and api.sd-rtn.com, beside a simulator none.",
      expects: baseUrlExpectation,
    }),
    AUTOREC_ACCEPT_EMPTY_REDIS: z
      .string()
      .regex(/^(?:0|1|true|false)$/i, { error: "1 or 0" })
      .prefault("0")
      .meta({
        description:
          "1 = begin anew although Redis has lost what Kafka remembers, instead of rebuilding it; running recorders are forgotten.",
        expects: "1 or 0",
        fallback: "0",
      }),
  })
  .transform((env): DeploymentSettings => ({
    deploymentId: env.AUTOREC_DEPLOYMENT_ID,
    keyPrefix: env.AUTOREC_KEY_PREFIX,
    shards: Number(env.AUTOREC_SHARDS),
    topicPrefix: env.AUTOREC_TOPIC_PREFIX,
    recordingTopic:
      env.AUTOREC_RECORDING_TOPIC === undefined
        ? undefined
        : `${env.AUTOREC_TOPIC_PREFIX}${env.AUTOREC_RECORDING_TOPIC}`,
    group: env.AUTOREC_GROUP,
    instanceId: env.AUTOREC_INSTANCE_ID,
    configPath: env.AUTOREC_CONFIG,
    agoraBaseUrl: env.AGORA_BASE_URL,
    agoraBaseUrlSecond: env.AGORA_BASE_URL_SECOND ?? otherHosts.get(env.AGORA_BASE_URL),
    acceptEmptyRedis: /^(?:1|true)$/i.test(env.AUTOREC_ACCEPT_EMPTY_REDIS),
  }));

function baseUrl(fallback: string, description: string) {
  return baseUrlSchema.prefault(fallback).meta({ description, expects: baseUrlExpectation, fallback });
}

/** Basic credentials travel with every request: plain http only where they stay on the machine or in its private network. */
function isBaseUrl(raw: string): boolean {
  if (!URL.canParse(raw)) return false;
  const { hash, hostname, password, pathname, protocol, search, username } = new URL(raw);
  if (`${username}${password}${search}${hash}` !== "" || pathname !== "/" || hostname === "") return false;
  if (protocol === "https:") return true;
  return protocol === "http:" && (hostname === "[::1]" || hostname.startsWith("127.") || !hostname.includes("."));
}

/** The Kafka topics of an installation. */
export interface TopicNames {
  readonly channelEvents: string;
  readonly deadLetters: string;
  readonly lifecycle: string;
  readonly snapshots: string;
}

/** contracts.md §1. */
export function topicNames(prefix: string): TopicNames {
  return {
    channelEvents: `${prefix}rtc.channel-events`,
    deadLetters: `${prefix}rtc.channel-events.dlq`,
    lifecycle: `${prefix}recording.lifecycle`,
    snapshots: `${prefix}recording.snapshots`,
  };
}
