import { KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, logLevel } from "kafkajs";
import { describe, expect, test } from "vitest";
import { kafkaConfig } from "./kafka-client.ts";
import { toKafkaError } from "./kafka-error.ts";
import { createLogger } from "./logger.ts";
import { secretOf } from "./words/secret.ts";

const lines: string[] = [];
const { log } = createLogger({
  service: "t",
  instanceId: "i",
  version: "v",
  level: "debug",
  stream: { write: (line: string) => lines.push(line) },
});

const protocol = (type: string, retriable: boolean): KafkaJSProtocolError => {
  const cause = Object.assign(new Error(`broker says ${type}`), { type, code: 1, retriable });
  return new KafkaJSProtocolError(cause);
};

const connection = (code: string): KafkaJSConnectionError =>
  new KafkaJSConnectionError("Connection error", { broker: "a:1", code });

describe("kafkajs's configuration", () => {
  test("carries TLS and login when they are set and nothing of them otherwise", () => {
    const plain = kafkaConfig({ brokers: ["a:1"], clientId: "c", tls: undefined, sasl: undefined }, { log });
    expect(plain).not.toHaveProperty("ssl");
    expect(plain).not.toHaveProperty("sasl");
    const sasl = { mechanism: "scram-sha-256", username: "u", password: secretOf("hidden-pass") } as const;
    const full = kafkaConfig(
      { brokers: ["a:1"], clientId: "c", tls: { ca: "CA", cert: "CERT", key: secretOf("KEY") }, sasl },
      { log },
    );
    expect(full).toMatchObject({
      ssl: { ca: ["CA"], cert: "CERT", key: "KEY" },
      sasl: { mechanism: "scram-sha-256", username: "u", password: "hidden-pass" },
    });
  });

  test("what kafkajs says becomes a warning at most, since it heals most of what it calls an error", () => {
    const write = kafkaConfig(
      { brokers: ["a:1"], clientId: "c", tls: undefined, sasl: undefined },
      { log },
    ).logCreator?.(logLevel.INFO);
    write?.({
      namespace: "Connection",
      level: logLevel.ERROR,
      label: "ERROR",
      log: { timestamp: "t", message: "Connection error", broker: "a:1" },
    });
    write?.({ namespace: "Runner", level: logLevel.INFO, label: "INFO", log: { timestamp: "t", message: "joined" } });
    expect(lines.map((line) => /"level":"(\w+)"/.exec(line)?.[1])).toEqual(["warn", "debug"]);
    expect(lines[0]).toContain('"kafka":{"namespace":"Connection","said":"Connection error","broker":"a:1"}');
  });
});

describe("a failure of kafkajs", () => {
  const failures: readonly (readonly [unknown, string, string])[] = [
    [new KafkaJSConnectionError("Connection error: connect ECONNREFUSED"), "REC_KAFKA_UNREACHABLE", "retry"],
    [protocol("NOT_ENOUGH_REPLICAS", true), "REC_KAFKA_UNREACHABLE", "retry"],
    [protocol("UNKNOWN_TOPIC_OR_PARTITION", true), "REC_KAFKA_UNREACHABLE", "retry"],
    [protocol("MESSAGE_TOO_LARGE", false), "REC_KAFKA_TOO_LARGE", "terminal"],
    [protocol("TOPIC_AUTHORIZATION_FAILED", false), "REC_KAFKA_FORBIDDEN", "terminal"],
    [protocol("INVALID_CONFIG", false), "REC_KAFKA_REFUSED", "terminal"],
    [Object.assign(new Error("SASL failed"), { name: "KafkaJSSASLAuthenticationError" }), "REC_KAFKA_AUTH", "terminal"],
    ["what was thrown was no error", "REC_KAFKA_UNREACHABLE", "retry"],
  ];
  test.each(failures)("%#: becomes ours with its cause", (failure, code, retry) => {
    const error = toKafkaError("produce to Kafka", failure, { topic: "t" });
    expect(error).toMatchObject({ code, retry, cause: failure, context: { topic: "t" } });
  });

  const named = (name: string): Error => Object.assign(new Error("what kafkajs says"), { name });
  const settingsToLookAt: readonly (readonly [string, Error, readonly string[]])[] = [
    ["a login", named("KafkaJSSASLAuthenticationError"), ["KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"]],
    ["a certificate that nobody trusts", connection("DEPTH_ZERO_SELF_SIGNED_CERT"), ["KAFKA_TLS_CA_FILE"]],
    ["an issuer that is unknown", connection("UNABLE_TO_GET_ISSUER_CERT_LOCALLY"), ["KAFKA_TLS_CA_FILE"]],
    ["a certificate that is too old", connection("CERT_HAS_EXPIRED"), ["KAFKA_TLS_CA_FILE"]],
    ["a certificate of another host", connection("ERR_TLS_CERT_ALTNAME_INVALID"), ["KAFKA_BROKERS"]],
    ["our certificate", connection("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"), ["KAFKA_TLS_CERT_FILE"]],
    ["TLS to a plain port", connection("ERR_SSL_WRONG_VERSION_NUMBER"), ["KAFKA_TLS"]],
    ["a broker without a word", named("KafkaJSConnectionClosedError"), ["KAFKA_TLS", "KAFKA_SASL_MECHANISM"]],
    ["an address where nothing listens", connection("ECONNREFUSED"), []],
  ];
  test.each(settingsToLookAt)("because of %s names the settings to look at", (_cause, failure, settings) => {
    expect(toKafkaError("connect", failure).message.match(/KAFKA_\w+/g) ?? []).toEqual(settings);
  });

  test("is judged by what lies below kafkajs's own wrapping", () => {
    const wrapped = new KafkaJSNumberOfRetriesExceeded(protocol("MESSAGE_TOO_LARGE", false), {
      retryCount: 5,
      retryTime: 1,
    });
    expect(toKafkaError("produce", wrapped).code).toBe("REC_KAFKA_TOO_LARGE");
  });
});
