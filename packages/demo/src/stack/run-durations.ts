import { fastDurations } from "@autorec/domain";
import type { Durations } from "@autorec/domain";

/** A broker that somebody else runs refuses shorter sessions (its `group.min.session.timeout.ms` by default). */
const foreignSessionMs = 6_000;

/** The `fast` profile; on a broker that was given by KAFKA_BROKERS with sessions that it accepts, and bounds to match. */
export function runDurations(env: Readonly<Record<string, string | undefined>>): Durations {
  if ((env["KAFKA_BROKERS"] ?? "") === "") return fastDurations;
  return {
    ...fastDurations,
    kafkaSessionMs: foreignSessionMs,
    kafkaRebalanceMs: foreignSessionMs,
    eventLagMs: 2 * foreignSessionMs,
  };
}
