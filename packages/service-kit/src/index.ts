export type { ErrorCode, ErrorContext } from "./autorec-error.ts";
export { AutorecError, errorCodes } from "./autorec-error.ts";
export type { Clock } from "./clock.ts";
export { systemClock } from "./clock.ts";
export type { EnvProblem } from "./config-error.ts";
export { ConfigError } from "./config-error.ts";
export { renderEnvExample } from "./env-example.ts";
export type { VariableSpec } from "./env-variable.ts";
export {
  flag,
  integer,
  oneOf,
  optional,
  required,
  secretFile,
  secretText,
  text,
  textFile,
  withDefault,
} from "./env-variable.ts";
export { exitCodeOf, exitCodes } from "./exit-codes.ts";
export type { HttpServer, HttpServerOptions, ReadinessCheck } from "./http-server.ts";
export { startHttpServer } from "./http-server.ts";
export { defaultInstanceId } from "./instance-id.ts";
export type { EnsuredTopics, TopicDifference, TopicSpec } from "./kafka-admin.ts";
export { checkKafka, ensureTopics, fetchEndOffsets, fetchGroupLag } from "./kafka-admin.ts";
export type { ConsumerOptions, KafkaProducer, OutgoingRecord } from "./kafka-client.ts";
export { createConsumer, createKafka, createProducer } from "./kafka-client.ts";
export type { KafkaSettings } from "./kafka-env.ts";
export { kafkaEnv } from "./kafka-env.ts";
export { KafkaError, toKafkaError } from "./kafka-error.ts";
export type { Logger, LoggerOptions, ServiceLog } from "./logger.ts";
export { createLogger } from "./logger.ts";
export type { ChannelState, GapCause, RecordingCall } from "./metric-labels.ts";
export { channelStates, recorderStates } from "./metric-labels.ts";
export type { Metrics, MetricsOptions } from "./metrics.ts";
export { createMetrics } from "./metrics.ts";
export type { Env, ParseEnvOptions } from "./parse-env.ts";
export { parseEnv } from "./parse-env.ts";
export type { LogLevel } from "./process-env.ts";
export { httpEnv, lifeEnv, logEnv } from "./process-env.ts";
export type { Random } from "./random.ts";
export { systemRandom } from "./random.ts";
export type { RedisSettings } from "./redis-env.ts";
export { redisEnv } from "./redis-env.ts";
export { runMain } from "./run-main.ts";
export type { Secret } from "./secret.ts";
export { secretOf } from "./secret.ts";
export type { DrainCount, DrainStep, Shutdown, ShutdownOptions, SpawnOptions } from "./shutdown.ts";
export { createShutdown } from "./shutdown.ts";
export type { WaitOptions } from "./wait-for-dependency.ts";
export { waitForDependency } from "./wait-for-dependency.ts";
