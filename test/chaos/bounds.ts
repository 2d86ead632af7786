import { fastDurations } from "@autorec/domain";

/** What recovery is made of, in the `fast` profile that these tests run with; ms. */
const { pollMs, coverAfterStandardMs, workSlackMs, leaseMs, graceNormalMs, stopSlackMs } = fastDurations;

/** A recorder that died without a word: found by the next poll, believed after coverAfter, replaced. */
export const silentDeathMs = 1.1 * pollMs + coverAfterStandardMs + workSlackMs;

/** A recorder in a channel that nobody is in any more: grace and stop. */
export const emptiedMs = graceNormalMs + stopSlackMs;

/** Work of a process that cannot go on is taken over when its lease has ended. */
export const takeoverMs = leaseMs + 1_000;

/** The group finds out that a consumer is gone or new, and shares the partitions anew. */
export const rebalanceMs = fastDurations.kafkaSessionMs + fastDurations.kafkaRebalanceMs;

/** Clients of a server that comes back find it at their next try. */
export const reconnectMs = 5_000;
