import { z } from "zod";
import {
  flag,
  oneOf,
  optional,
  required,
  secretFile,
  secretText,
  text,
  textFile,
  type VariableSpec,
  withDefault,
} from "./env-variable.ts";
import type { Secret } from "./words/secret.ts";

const saslMechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** How to log in to the brokers. */
export interface KafkaSasl {
  readonly mechanism: (typeof saslMechanisms)[number];
  readonly username: string;
  readonly password: Secret;
}

/** How to reach the brokers; certificate files are already read. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: Secret | undefined } | undefined;
  readonly sasl: KafkaSasl | undefined;
}

/** Section of the environment: KAFKA_BROKERS, TLS and SASL. */
export const kafkaEnv = z
  .object({
    KAFKA_BROKERS: required(brokerList()),
    KAFKA_CLIENT_ID: withDefault("autorec", text("Name of this client in the brokers' logs and quotas.")),
    KAFKA_TLS: withDefault("false", flag("Talk TLS to the brokers.")),
    KAFKA_TLS_CA_FILE: optional(textFile("Certificates to trust (PEM), if not the system's.")),
    KAFKA_TLS_CERT_FILE: optional(textFile("Client certificate (PEM), with KAFKA_TLS_KEY_FILE.")),
    KAFKA_TLS_KEY_FILE: optional(secretFile("Key of the client certificate (PEM).")),
    KAFKA_SASL_MECHANISM: optional(oneOf("How to log in; absent = no login.", saslMechanisms)),
    KAFKA_SASL_USERNAME: optional(text("User of the login.")),
    KAFKA_SASL_PASSWORD: optional(secretText("Password of the login; or the next.")),
    KAFKA_SASL_PASSWORD_FILE: optional(secretFile("File with the password of the login.")),
  })
  .superRefine((env, context) => {
    const refuse = (variable: string, message: string): void => {
      context.addIssue({ code: "custom", path: [variable], message });
    };
    for (const name of ["KAFKA_TLS_CA_FILE", "KAFKA_TLS_CERT_FILE", "KAFKA_TLS_KEY_FILE"] as const) {
      if (!env.KAFKA_TLS && env[name] !== undefined) refuse(name, "absent, or KAFKA_TLS=true beside it");
    }
    if ((env.KAFKA_TLS_CERT_FILE === undefined) !== (env.KAFKA_TLS_KEY_FILE === undefined)) {
      refuse("KAFKA_TLS_CERT_FILE", "both KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE, or neither");
    }
    const passwords = [env.KAFKA_SASL_PASSWORD, env.KAFKA_SASL_PASSWORD_FILE].filter((secret) => secret !== undefined);
    if (passwords.length > 1)
      refuse("KAFKA_SASL_PASSWORD_FILE", "only one of KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE");
    if (env.KAFKA_SASL_MECHANISM !== undefined) {
      if (env.KAFKA_SASL_USERNAME === undefined)
        refuse("KAFKA_SASL_USERNAME", "a user, since KAFKA_SASL_MECHANISM is set");
      if (passwords.length === 0)
        refuse(
          "KAFKA_SASL_PASSWORD",
          "a password here or in KAFKA_SASL_PASSWORD_FILE, since KAFKA_SASL_MECHANISM is set",
        );
    } else if (env.KAFKA_SASL_USERNAME !== undefined || passwords.length > 0) {
      refuse("KAFKA_SASL_MECHANISM", `one of ${saslMechanisms.join(", ")}, since a user or a password is set`);
    }
  })
  .transform((env): KafkaSettings => {
    const password = env.KAFKA_SASL_PASSWORD ?? env.KAFKA_SASL_PASSWORD_FILE;
    const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = env;
    return {
      brokers: env.KAFKA_BROKERS,
      clientId: env.KAFKA_CLIENT_ID,
      tls: env.KAFKA_TLS
        ? {
            ...(env.KAFKA_TLS_CA_FILE === undefined ? {} : { ca: env.KAFKA_TLS_CA_FILE }),
            ...(env.KAFKA_TLS_CERT_FILE === undefined ? {} : { cert: env.KAFKA_TLS_CERT_FILE }),
            ...(env.KAFKA_TLS_KEY_FILE === undefined ? {} : { key: env.KAFKA_TLS_KEY_FILE }),
          }
        : undefined,
      sasl:
        mechanism === undefined || username === undefined || password === undefined
          ? undefined
          : { mechanism, username, password },
    };
  });

function brokerList(): VariableSpec<readonly string[]> {
  return {
    description: "Kafka brokers to begin with, host:port, separated by commas.",
    expects: "host:port[,host:port …], ports 1 … 65535",
    example: "127.0.0.1:9092",
    read: (raw, refuse) => {
      const brokers = raw.split(",").map((broker) => broker.trim());
      const wrong = brokers.find((broker) => !isHostAndPort(broker));
      if (wrong === undefined) return brokers;
      // The client library takes what stands before the first colon for the host.
      if (wrong.startsWith("["))
        refuse("host:port[,host:port …]; an IPv6 address needs a host name that stands for it");
      else if (!wrong.includes("@")) refuse(`host:port[,host:port …]; "${wrong.slice(0, 80)}" is not host:port`);
      return undefined;
    },
  };
}

function isHostAndPort(broker: string): boolean {
  const match = /^[a-z0-9._-]+:(\d{1,5})$/i.exec(broker);
  const port = Number(match?.[1] ?? 0);
  return port >= 1 && port <= 65_535;
}
