import { dirname, join } from "node:path";
import { DevstackError } from "./devstack-error.ts";
import { freePort } from "./free-port.ts";
import { startLocalKafka } from "./local-kafka.ts";
import type { StartContext } from "./start-context.ts";
import { startSupervised } from "./start-supervised.ts";
import { findJava, type Env } from "./system-tools.ts";

/** Who may log in, and how to start. */
export interface GuardedKafkaOptions {
  /** May log in by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. Letters and digits only: they stand in the broker's settings as they are. */
  readonly user: { readonly name: string; readonly password: string };
  /** Gets one line per step. */
  readonly log: (line: string) => void;
  /** Where PATH, JAVA_HOME and the like are read; the environment of this process by default. */
  readonly env?: Env;
  /** Calls the start off: it rejects with the signal's reason, when nothing that it had begun is left. */
  readonly signal?: AbortSignal;
}

/** A broker that lets nobody in without TLS and a login; `stop` ends it, and so does the end of this process. */
export interface GuardedKafka {
  /** `host:port` of its listener with SASL_SSL. */
  readonly brokers: string;
  /** The broker's certificate (PEM), signed by itself: whoever trusts it reaches the broker. */
  readonly caFile: string;
  stop(): Promise<void>;
}

/**
 * The Kafka of this machine with a listener as production has it, for tests of TLS and logins. Throws an error that says
 * what to install when there is no Java or no Maven.
 */
export async function startGuardedKafka(options: GuardedKafkaOptions): Promise<GuardedKafka> {
  const { env = process.env, signal = new AbortController().signal, user } = options;
  const log = (line: string): void => options.log(`devstack: ${line}`);
  return startSupervised(async (supervisor) => {
    const context: StartContext = { supervisor, env, log, signal };
    const { caFile, keyStore } = await makeCertificate(context);
    let brokers = "";
    await startLocalKafka(context, {
      settings: async (usual) => {
        brokers = `127.0.0.1:${await freePort()}`;
        return { ...usual, ...listenerSettings(usual, { brokers, keyStore, user }) };
      },
      formatOptions: ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
        "--add-scram",
        `${mechanism}=[name=${user.name},password=${user.password}]`,
      ]),
    });
    log(`Kafka with TLS and login at ${brokers}`);
    return { brokers, caFile, stop: () => supervisor.end() };
  }, signal);
}

interface Listener {
  readonly brokers: string;
  readonly keyStore: string;
  readonly user: GuardedKafkaOptions["user"];
}

/** The usual listener stays: the start of the broker is watched through it. */
function listenerSettings(usual: Readonly<Record<string, string>>, { brokers, keyStore, user }: Listener) {
  const withListener = (name: string): string => `${usual[name] ?? ""},SASL_SSL://${brokers}`;
  const modules = "org.apache.kafka.common.security";
  const scramLogin = `${modules}.scram.ScramLoginModule required;`;
  return {
    listeners: withListener("listeners"),
    "advertised.listeners": withListener("advertised.listeners"),
    "listener.security.protocol.map": `${usual["listener.security.protocol.map"] ?? ""},SASL_SSL:SASL_SSL`,
    "listener.name.sasl_ssl.ssl.keystore.location": keyStore,
    "listener.name.sasl_ssl.ssl.keystore.password": storePassword,
    "listener.name.sasl_ssl.ssl.key.password": storePassword,
    "listener.name.sasl_ssl.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.sasl_ssl.plain.sasl.jaas.config": `${modules}.plain.PlainLoginModule required user_${user.name}="${user.password}";`,
    "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config": scramLogin,
    "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": scramLogin,
  };
}

/** Protects a key that lives as long as the test; keytool insists on one. */
const storePassword = "changeit";
const keytoolLimitMs = 30_000;

/** A key and a certificate for 127.0.0.1, made by the keytool beside Java. */
async function makeCertificate(context: StartContext): Promise<{ readonly keyStore: string; readonly caFile: string }> {
  const { supervisor } = context;
  const java = await findJava(context);
  if (java === undefined) throw new DevstackError("no Java 17 or newer found (java -version)");
  const command = java === "java" ? "keytool" : join(dirname(java), "keytool");
  const keyStore = join(supervisor.folder, "broker.p12");
  const caFile = join(supervisor.folder, "broker.pem");
  const store = ["-keystore", keyStore, "-storepass", storePassword, "-alias", "broker"];
  const subject = ["-dname", "CN=broker", "-ext", "SAN=IP:127.0.0.1", "-validity", "2"];
  const runs = [
    ["-genkeypair", ...store, "-storetype", "PKCS12", "-keyalg", "EC", "-groupname", "secp256r1", ...subject],
    ["-exportcert", "-rfc", ...store, "-file", caFile],
  ];
  for (const args of runs) await supervisor.runToEnd({ name: "keytool", command, args }, keytoolLimitMs);
  return { keyStore, caFile };
}
