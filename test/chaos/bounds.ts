import { fastDurations } from "@autorec/domain";
import type { FaultName } from "./faults.ts";

/** What recovery is made of, in the `fast` profile that these tests run with; ms. */
const { pollMs, coverAfterStandardMs, workSlackMs, leaseMs, graceNormalMs, stopSlackMs } = fastDurations;

/** A recorder that died without a word: found by the next poll, believed after coverAfter, replaced. */
const silentDeathMs = 1.1 * pollMs + coverAfterStandardMs + workSlackMs;

/** A recorder in a channel that nobody is in any more: grace and stop. */
const emptiedMs = graceNormalMs + stopSlackMs;

/** Work of a process that cannot go on is taken over when its lease has ended. */
const takeoverMs = leaseMs + 1_000;

/** The group finds out that a consumer is gone or new, and shares the partitions anew. */
const rebalanceMs = fastDurations.kafkaSessionMs + fastDurations.kafkaRebalanceMs;

/** Clients of a server that comes back find it at their next try. */
const reconnectMs = 5_000;

/** The longest wait after a call that nobody answered. */
const retryMs = Math.max(
  ...fastDurations.unknownRetryQueryMs,
  ...fastDurations.unknownRetryStopMs,
  ...fastDurations.claimBackoffMs,
);

/** What a fault may cost a deployment in steady operation. */
export interface Promised {
  /** From the end of the fault until every occupied channel is recorded. */
  readonly recoveryMsMax: number;
  /** From the end of the fault until the recorder of a channel that emptied meanwhile is gone. */
  readonly stopMsMax: number;
  /** Starts that nobody needed, but that autorec could not know to be needless. */
  readonly needlessStartsMax: number;
}

/** After whatever held autorec up, a recorder that has died meanwhile has still to be found out, and an empty channel to be left. */
function after(heldUpMs: number, needlessStartsMax = 0): Promised {
  return { recoveryMsMax: heldUpMs + silentDeathMs, stopMsMax: heldUpMs + emptiedMs, needlessStartsMax };
}

/**
 * Each fault by itself. What the judge allows in a mix is made of the same parts: packages/simulator/src/judge/disturbances.ts.
 * While nobody reads events, a channel that has emptied is thought to be occupied: when its recorder idles out before that is
 * over, because Kafka or all processes take long to come back, it is recorded once more for nothing.
 */
export const promised: Readonly<Record<FaultName, Promised>> = {
  "kill-consumer": after(takeoverMs + rebalanceMs),
  "kill-watchdog": after(takeoverMs),
  "kill-all": after(takeoverMs + rebalanceMs, 1),
  "pause-consumer": after(rebalanceMs),
  "pause-watchdog": after(0),
  "redis-restart": after(reconnectMs + takeoverMs),
  "redis-empty": after(reconnectMs + takeoverMs),
  "redis-refused": after(reconnectMs + takeoverMs),
  "kafka-restart": after(reconnectMs + rebalanceMs, 1),
  "agora-unreachable": after(retryMs),
};
