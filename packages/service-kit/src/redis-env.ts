import { z } from "zod";
import { optional, required, secretFile, textFile, type VariableSpec } from "./env-variable.ts";
import { type Secret, secretOf } from "./words/secret.ts";

/** How to reach Redis; `username` is an ACL user, `tls` is present for rediss. */
export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly tls: { readonly ca?: string } | undefined;
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
      "The user needs ~PREFIX:* +@read +@write +@scripting +@connection +time +info.",
    expects: "redis[s]://[user[:password]@]host[:port][/db]",
    example: "redis://127.0.0.1:6379",
    read: (raw) => {
      if (!URL.canParse(raw)) return undefined;
      const url = new URL(raw);
      const db = /^\/?(\d{0,3})$/.exec(url.pathname)?.[1];
      if (
        !/^rediss?:$/.test(url.protocol) ||
        url.hostname === "" ||
        db === undefined ||
        url.search !== "" ||
        url.hash !== ""
      )
        return undefined;
      const username = decoded(url.username);
      const password = decoded(url.password);
      if (username === undefined || password === undefined) return undefined;
      return {
        host: url.hostname.replace(/^\[|\]$/g, ""),
        port: url.port === "" ? 6379 : Number(url.port),
        db: Number(db),
        username: username === "" ? undefined : username,
        password: password === "" ? undefined : secretOf(password),
        secure: url.protocol === "rediss:",
      };
    },
  };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    // A bare % in a password: the URL must be written with %25, and the caller names the expected form.
    return undefined;
  }
}
