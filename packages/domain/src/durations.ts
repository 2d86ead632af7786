/**
 * Every duration that is a setting, in ms; Agora's real figures are the defaults, the `fast` profile serves demo and e2e.
 * Production code knows no time scale: it reads these.
 */
export interface Durations {
  readonly leaseMs: number;
  readonly callAcquireMs: number;
  readonly callStartMs: number;
  readonly callQueryMs: number;
  readonly callUpdateMs: number;
  readonly callStopMs: number;
  readonly sendSlackMs: number;
  readonly pollMs: number;
  /** Waits before the 1st, 2nd … confirm query; the last one repeats. */
  readonly confirmStepsMs: readonly number[];
  readonly confirmLimitMs: number;
  readonly graceMs: number;
  readonly graceNormalMs: number;
  readonly maxIdleMs: number;
  readonly migrationMaxMs: number;
  readonly startRetry65Ms: readonly number[];
  readonly startRetryServerErrorMs: readonly number[];
  readonly startRetryLostMs: readonly number[];
  readonly tickMs: number;
  readonly kafkaSessionMs: number;
  readonly kafkaRebalanceMs: number;
  readonly unknownRetryQueryMs: readonly number[];
  readonly unknownRetryStopMs: readonly number[];
  readonly wait429Ms: readonly number[];
  readonly wait406Ms: readonly number[];
  readonly waitNoCodeMs: number;
  readonly wait401Ms: number;
  readonly spacing404Ms: number;
  readonly recheck404Ms: readonly number[];
  readonly coverAfterEagerMs: number;
  readonly coverAfterStandardMs: number;
  readonly coverAfterPatientMs: number;
  readonly adoptWindowMs: number;
  readonly freshMs: number;
  readonly verifyStopMs: number;
  readonly resourceLifeMs: number;
  readonly lateStartMs: number;
  readonly eventLagMs: number;
  readonly claimBackoffMs: readonly number[];
  readonly stopSlackMs: number;
  readonly workSlackMs: number;
  readonly openLookMs: number;
  readonly acquireRetryLostMs: readonly number[];
  readonly acquireRetryOthersMs: readonly number[];
  readonly backoffResetMs: number;
  readonly blockedRetryMs: number;
  readonly controlLostWindowMs: number;
  readonly quotaRetryMs: number;
  /** How long a worker is reserved for an attempt that has no resource yet. */
  readonly quotaReserveMs: number;
  /** How long a worker is held from the last look at its attempt. */
  readonly quotaHoldMs: number;
  /** How often reservations that are over are looked into. */
  readonly quotaJanitorMs: number;
  /** A step in which an account gets back a part of what 429 or 406 has taken. */
  readonly quotaRecoverMs: number;
  /** Waits before the 1st, 2nd … try to record people who may be long gone; the last one repeats. */
  readonly probeAfterMs: readonly number[];
  /** A recorder is replaced so long before it cannot be controlled any more; a quarter of its life when that is shorter. */
  readonly rotateMarginMs: number;
  /** Greatest distance from the planned rotation, so that channels which started together do not rotate together. */
  readonly rotateJitterMs: number;
  /** So long after its planned time a recorder whose successor gets no worker is stopped first; a quarter of the margin is left then. */
  readonly rotateWaitMs: number;
  /** Blocks of a slot whose recorders die early, one after the other; the last one repeats. */
  readonly crashLoopRetryMs: readonly number[];
}

/** contracts.md §2, column "real". */
export const realDurations: Durations = {
  leaseMs: 30_000,
  callAcquireMs: 5_000,
  callStartMs: 10_000,
  callQueryMs: 5_000,
  callUpdateMs: 10_000,
  callStopMs: 10_000,
  sendSlackMs: 5_000,
  pollMs: 120_000,
  confirmStepsMs: [5_000, 5_000, 10_000, 15_000],
  confirmLimitMs: 90_000,
  graceMs: 60_000,
  graceNormalMs: 30_000,
  maxIdleMs: 300_000,
  migrationMaxMs: 90_000,
  startRetry65Ms: [3_000, 6_000],
  startRetryServerErrorMs: [3_000, 6_000, 9_000],
  startRetryLostMs: [1_000, 3_000, 6_000],
  tickMs: 1_000,
  kafkaSessionMs: 10_000,
  kafkaRebalanceMs: 15_000,
  unknownRetryQueryMs: [5_000, 10_000, 15_000, 30_000],
  unknownRetryStopMs: [3_000, 6_000, 9_000, 30_000],
  wait429Ms: [1_000, 2_000, 4_000, 8_000, 16_000, 30_000],
  wait406Ms: [30_000, 60_000, 120_000],
  waitNoCodeMs: 30_000,
  wait401Ms: 60_000,
  spacing404Ms: 95_000,
  recheck404Ms: [5_000, 10_000, 15_000],
  coverAfterEagerMs: 5_000,
  coverAfterStandardMs: 30_000,
  coverAfterPatientMs: 95_000,
  adoptWindowMs: 15_000,
  freshMs: 10_000,
  verifyStopMs: 30_000,
  resourceLifeMs: 300_000,
  lateStartMs: 60_000,
  eventLagMs: 60_000,
  claimBackoffMs: [0, 5_000, 15_000, 30_000, 60_000],
  stopSlackMs: 30_000,
  workSlackMs: 20_000,
  openLookMs: 60_000,
  acquireRetryLostMs: [0, 1_000, 3_000, 6_000],
  acquireRetryOthersMs: [1_000, 2_000, 4_000, 8_000, 16_000, 30_000],
  backoffResetMs: 120_000,
  blockedRetryMs: 600_000,
  controlLostWindowMs: 300_000,
  quotaRetryMs: 5_000,
  quotaReserveMs: 120_000,
  quotaHoldMs: 600_000,
  quotaJanitorMs: 60_000,
  quotaRecoverMs: 10_000,
  probeAfterMs: [900_000, 1_800_000, 3_600_000],
  rotateMarginMs: 3_600_000,
  rotateJitterMs: 600_000,
  rotateWaitMs: 2_700_000,
  crashLoopRetryMs: [60_000, 120_000, 300_000, 600_000],
};

/** contracts.md §2, column "fast": the same shape, minutes become seconds. */
export const fastDurations: Durations = {
  leaseMs: 6_000,
  callAcquireMs: 1_000,
  callStartMs: 2_000,
  callQueryMs: 1_000,
  callUpdateMs: 2_000,
  callStopMs: 2_000,
  sendSlackMs: 1_000,
  pollMs: 3_000,
  confirmStepsMs: [500],
  confirmLimitMs: 9_000,
  graceMs: 4_000,
  graceNormalMs: 2_000,
  maxIdleMs: 20_000,
  migrationMaxMs: 4_000,
  startRetry65Ms: [300, 600],
  startRetryServerErrorMs: [300, 600, 900],
  startRetryLostMs: [100, 300, 600],
  tickMs: 200,
  kafkaSessionMs: 3_000,
  kafkaRebalanceMs: 3_000,
  unknownRetryQueryMs: [500, 1_000, 1_500, 3_000],
  unknownRetryStopMs: [300, 600, 900, 3_000],
  wait429Ms: [100, 200, 400, 800, 1_600, 3_000],
  wait406Ms: [3_000, 6_000, 12_000],
  waitNoCodeMs: 3_000,
  wait401Ms: 6_000,
  spacing404Ms: 4_500,
  recheck404Ms: [500, 1_000, 1_500],
  coverAfterEagerMs: 500,
  coverAfterStandardMs: 3_000,
  coverAfterPatientMs: 4_500,
  adoptWindowMs: 1_500,
  freshMs: 2_000,
  verifyStopMs: 1_500,
  resourceLifeMs: 15_000,
  lateStartMs: 3_000,
  eventLagMs: 6_000,
  claimBackoffMs: [0, 500, 1_500, 3_000, 6_000],
  stopSlackMs: 3_000,
  workSlackMs: 2_000,
  openLookMs: 3_000,
  acquireRetryLostMs: [0, 100, 300, 600],
  acquireRetryOthersMs: [100, 200, 400, 800, 1_600, 3_000],
  backoffResetMs: 12_000,
  blockedRetryMs: 60_000,
  controlLostWindowMs: 30_000,
  quotaRetryMs: 500,
  quotaReserveMs: 12_000,
  quotaHoldMs: 60_000,
  quotaJanitorMs: 6_000,
  quotaRecoverMs: 1_000,
  probeAfterMs: [30_000, 60_000, 120_000],
  rotateMarginMs: 12_000,
  rotateJitterMs: 2_000,
  rotateWaitMs: 9_000,
  crashLoopRetryMs: [6_000, 12_000, 30_000, 60_000],
};
