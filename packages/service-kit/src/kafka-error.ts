import kafkajs from "kafkajs";
import { AutorecError, type AutorecErrorOptions, type ErrorContext } from "./autorec-error.ts";
import { untrustedCertificate } from "./untrusted-certificate.ts";

/** Kafka did not do what was asked; `retry` tells whether the same may succeed later. */
export class KafkaError extends AutorecError {}

/** Turns whatever kafkajs throws into ours; the unknown becomes `REC_KAFKA_UNREACHABLE`, which callers retry with a bound. */
export function toKafkaError(doing: string, error: unknown, context: ErrorContext = {}): KafkaError {
  if (error instanceof KafkaError) return error;
  const root = rootOf(error);
  const type = root instanceof Error && "type" in root && typeof root.type === "string" ? root.type : undefined;
  const words = root instanceof Error ? `${root.message.trim()}${remedyFor(root)}` : "unknown failure";
  return new KafkaError(`${doing} failed: ${words}`, {
    ...classOf(root, type),
    context: { ...context, ...(type === undefined ? {} : { kafkaError: type }) },
    cause: error,
  });
}

function classOf(root: unknown, type: string | undefined): Pick<AutorecErrorOptions, "code" | "retry"> {
  const name = root instanceof Error ? root.name : "";
  if (
    name === "KafkaJSSASLAuthenticationError" ||
    type?.startsWith("SASL_") === true ||
    type === "ILLEGAL_SASL_STATE"
  ) {
    return { code: "REC_KAFKA_AUTH", retry: "terminal" };
  }
  if (type?.endsWith("_AUTHORIZATION_FAILED") === true) return { code: "REC_KAFKA_FORBIDDEN", retry: "terminal" };
  if (type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE")
    return { code: "REC_KAFKA_TOO_LARGE", retry: "terminal" };
  if (root instanceof kafkajs.KafkaJSError && !root.retriable && type !== undefined)
    return { code: "REC_KAFKA_REFUSED", retry: "terminal" };
  return { code: "REC_KAFKA_UNREACHABLE", retry: "retry" };
}

/** What to look at when the failure's own words name no setting; empty when they are enough. */
function remedyFor(root: Error): string {
  const code = "code" in root && typeof root.code === "string" ? root.code : "";
  const told = `${root.name} ${code} ${root.message}`;
  const remedy = remedies.find(({ pattern }) => pattern.test(told));
  return remedy === undefined ? "" : `; ${remedy.words}`;
}

/** By kafkajs's name, Node's or OpenSSL's code, or the message; the first that fits. */
const remedies = [
  { pattern: /^KafkaJSSASLAuthenticationError\b/, words: "check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD" },
  {
    pattern: /\bERR_SSL_\w*(?:CERTIFICATE|UNKNOWN_CA)/,
    words: "the broker does not accept the certificate of KAFKA_TLS_CERT_FILE, or wants one",
  },
  {
    pattern: /\bERR_TLS_CERT_ALTNAME_INVALID\b/,
    words: "KAFKA_BROKERS and the broker's advertised.listeners must use a name that its certificate has",
  },
  {
    pattern: untrustedCertificate,
    words: "the broker's certificate is not trusted: KAFKA_TLS_CA_FILE names the certificates to trust",
  },
  { pattern: /\bERR_SSL_|before secure TLS/, words: "the address does not seem to talk TLS: KAFKA_TLS" },
  // Brokers end a conversation that they do not understand without a word, but also whenever they stop.
  {
    pattern: /^KafkaJSConnectionClosedError\b/,
    words: "a broker that wants TLS or a login does so from the start: KAFKA_TLS, KAFKA_SASL_MECHANISM",
  },
] as const;

/** kafkajs wraps the failure that matters in "number of retries exceeded"; the innermost one names the reason. */
function rootOf(error: unknown): unknown {
  let root = error;
  for (let depth = 0; depth < 5 && root instanceof Error && root.cause instanceof Error; depth += 1) root = root.cause;
  return root;
}
