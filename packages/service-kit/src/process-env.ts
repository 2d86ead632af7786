import { z } from "zod";
import { integer, oneOf, text, withDefault } from "./env-variable.ts";

/** Levels of the logger, most talkative last. */
export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
/** One of `logLevels`. */
export type LogLevel = (typeof logLevels)[number];

/** Section of the environment: where health and metrics are served. */
export const httpEnv = z
  .object({
    HTTP_HOST: withDefault("127.0.0.1", text("Address for /healthz, /readyz and /metrics; 0.0.0.0 in a container.")),
    HTTP_PORT: withDefault(
      "0",
      integer("Port for them; 0 takes any free one, which is logged.", { min: 0, max: 65_535 }),
    ),
  })
  .transform((env) => ({ host: env.HTTP_HOST, port: env.HTTP_PORT }));

/** Section of the environment: what is logged. */
export const logEnv = z
  .object({ LOG_LEVEL: withDefault("info", oneOf("Least level that is logged.", logLevels)) })
  .transform((env) => ({ level: env.LOG_LEVEL }));

/** Section of the environment: how long a process waits when it starts and when it stops. */
export const lifeEnv = z
  .object({
    DRAIN_MS: withDefault(
      "25000",
      integer("On SIGTERM: longest time to finish what has begun, ms.", { min: 0, max: 3_600_000 }),
    ),
    STARTUP_WAIT_MS: withDefault(
      "60000",
      integer("At start: longest wait for Kafka and for Redis, ms.", { min: 0, max: 3_600_000 }),
    ),
  })
  .transform((env) => ({ drainMs: env.DRAIN_MS, startupWaitMs: env.STARTUP_WAIT_MS }));
