import { z } from "zod";
import { optional, required, secretFile, textFile, type VariableSpec } from "./env-variable.ts";
import { type Secret, secretOf } from "./words/secret.ts";

/** How to reach Redis; `username` is an ACL user, `tls` is present for rediss, `nodes` for a Redis Cluster. */
export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly tls: { readonly ca?: string } | undefined;
  /** Nodes of a Redis Cluster to begin with; undefined = one Redis. */
  readonly nodes: readonly RedisNode[] | undefined;
}

/** One node of a Redis Cluster. */
export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Where to connect, as a client of Redis takes it: the password is in plain text. */
export function redisConnection({ db, host, nodes, password, port, tls, username }: RedisSettings) {
  return { redis: { host, port, db, username, password: password?.reveal() }, tls, nodes };
}

interface RedisAddress extends Omit<RedisSettings, "tls"> {
  readonly secure: boolean;
}

/** Section of the environment: REDIS_URL with ACL user and TLS, the password perhaps in a file of its own. */
export const redisEnv = z
  .object({
    REDIS_URL: required(redisUrl()),
    REDIS_PASSWORD_FILE: optional(secretFile("File with the password, if it is not in REDIS_URL.")),
    REDIS_TLS_CA_FILE: optional(textFile("Certificates to trust (PEM) with rediss, if not the system's.")),
  })
  .superRefine((env, context) => {
    const refuse = (variable: string, message: string): void => {
      context.addIssue({ code: "custom", path: [variable], message });
    };
    if (env.REDIS_URL.password !== undefined && env.REDIS_PASSWORD_FILE !== undefined) {
      refuse("REDIS_PASSWORD_FILE", "absent, since REDIS_URL already holds a password");
    }
    if (
      env.REDIS_URL.username !== undefined &&
      env.REDIS_URL.password === undefined &&
      env.REDIS_PASSWORD_FILE === undefined
    ) {
      refuse("REDIS_URL", "a password for its user, in the URL or in REDIS_PASSWORD_FILE");
    }
    if (env.REDIS_TLS_CA_FILE !== undefined && !env.REDIS_URL.secure) {
      refuse("REDIS_TLS_CA_FILE", "absent, or a REDIS_URL that begins with rediss://");
    }
  })
  .transform((env): RedisSettings => {
    const { secure, password, ...address } = env.REDIS_URL;
    const ca = env.REDIS_TLS_CA_FILE;
    return {
      ...address,
      password: password ?? env.REDIS_PASSWORD_FILE,
      tls: secure ? (ca === undefined ? {} : { ca }) : undefined,
    };
  });

function redisUrl(): VariableSpec<RedisAddress> {
  return {
    description:
      "Redis ≥ 6.2; rediss:// for TLS, an ACL user and its password may stand in front of the host. " +
      "Redis Cluster: several hosts with commas between them, or one with ?cluster=true. " +
      "The user needs ~PREFIX:* +@read +@write +@scripting +@connection +time +info, in a cluster also +cluster|slots.",
    expects: "redis[s]://[user[:password]@]host[:port][,host[:port] …][/db][?cluster=true]",
    example: "redis://127.0.0.1:6379",
    read: (raw) => {
      const { first, others } = splitHosts(raw);
      if (!URL.canParse(first) || !others.every(isHost)) return undefined;
      const url = new URL(first);
      const rest = others.map((host) => nodeOf(new URL(`redis://${host}`)));
      const db = /^\/?(\d{0,3})$/.exec(url.pathname)?.[1];
      if (
        !/^rediss?:$/.test(url.protocol) ||
        url.hostname === "" ||
        db === undefined ||
        !["", "?cluster=true"].includes(url.search) ||
        url.hash !== ""
      )
        return undefined;
      const isCluster = rest.length > 0 || url.search !== "";
      // A cluster has one database; another number would be ignored without a word.
      if (isCluster && Number(db) !== 0) return undefined;
      const username = decoded(url.username);
      const password = decoded(url.password);
      if (username === undefined || password === undefined) return undefined;
      return {
        ...nodeOf(url),
        nodes: isCluster ? [nodeOf(url), ...rest] : undefined,
        db: Number(db),
        username: username === "" ? undefined : username,
        password: password === "" ? undefined : secretOf(password),
        secure: url.protocol === "rediss:",
      };
    },
  };
}

function nodeOf(url: URL): RedisNode {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 6379 : Number(url.port),
  };
}

function isHost(text: string): boolean {
  return URL.canParse(`redis://${text}`) && new URL(`redis://${text}`).hostname !== "";
}

/** No URL has several hosts: the first one stays in it, the others follow it with commas. A password may hold a comma. */
function splitHosts(raw: string): { readonly first: string; readonly others: readonly string[] } {
  const [, head = "", hosts = "", tail = ""] = /^(\w+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(raw) ?? [];
  const [host = "", ...others] = hosts.split(",");
  return hosts === "" ? { first: raw, others: [] } : { first: `${head}${host}${tail}`, others };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    // A bare % in a password: the URL must be written with %25, and the caller names the expected form.
    return undefined;
  }
}
