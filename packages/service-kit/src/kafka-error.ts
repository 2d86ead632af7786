import kafkajs from "kafkajs";
import { AutorecError, type AutorecErrorOptions, type ErrorContext } from "./autorec-error.ts";

/** Kafka did not do what was asked; `retry` tells whether the same may succeed later. */
export class KafkaError extends AutorecError {}

/** Turns whatever kafkajs throws into ours; the unknown becomes `REC_KAFKA_UNREACHABLE`, which callers retry with a bound. */
export function toKafkaError(doing: string, error: unknown, context: ErrorContext = {}): KafkaError {
  if (error instanceof KafkaError) return error;
  const root = rootOf(error);
  const type = root instanceof Error && "type" in root && typeof root.type === "string" ? root.type : undefined;
  const words = root instanceof Error ? root.message : "unknown failure";
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

/** kafkajs wraps the failure that matters in "number of retries exceeded"; the innermost one names the reason. */
function rootOf(error: unknown): unknown {
  let root = error;
  for (let depth = 0; depth < 5 && root instanceof Error && root.cause instanceof Error; depth += 1) root = root.cause;
  return root;
}
