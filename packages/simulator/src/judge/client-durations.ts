/**
 * The durations of autorec that its bounds are made of, ms; names and meaning as in contracts of the settings.
 * Here a second time on purpose: the judge shares no code with what it judges.
 */
export interface ClientDurations {
  readonly leaseMs: number;
  readonly callAcquireMs: number;
  readonly callStartMs: number;
  readonly callQueryMs: number;
  readonly callUpdateMs: number;
  readonly callStopMs: number;
  readonly pollMs: number;
  readonly confirmLimitMs: number;
  /** After a leave for another reason than 1 and 3. */
  readonly graceMs: number;
  readonly graceNormalMs: number;
  readonly maxIdleMs: number;
  readonly migrationMaxMs: number;
  /** Of the rule in force. */
  readonly coverAfterMs: number;
  readonly adoptWindowMs: number;
  readonly freshMs: number;
  readonly spacing404Ms: number;
  readonly resourceLifeMs: number;
  readonly lateStartMs: number;
  readonly stopSlackMs: number;
  readonly workSlackMs: number;
  readonly kafkaSessionMs: number;
  readonly kafkaRebalanceMs: number;
  readonly controlLostWindowMs: number;
  readonly blockedRetryMs: number;
  /** A recorder that was confirmed for so long ends the counting of early deaths. */
  readonly backoffResetMs: number;
  readonly waitNoCodeMs: number;
  readonly wait401Ms: number;
  readonly startRetry65Ms: readonly number[];
  readonly startRetryServerErrorMs: readonly number[];
  readonly startRetryLostMs: readonly number[];
  readonly claimBackoffMs: readonly number[];
  /** Waits of the crash-loop breaker. */
  readonly crashLoopRetryMs: readonly number[];
  readonly unknownRetryQueryMs: readonly number[];
  readonly unknownRetryStopMs: readonly number[];
  readonly acquireRetryLostMs: readonly number[];
  readonly acquireRetryOthersMs: readonly number[];
  readonly wait429Ms: readonly number[];
  readonly wait406Ms: readonly number[];
}

type LengthName = {
  [Name in keyof ClientDurations]: ClientDurations[Name] extends number ? Name : never;
}[keyof ClientDurations];
type ListName = Exclude<keyof ClientDurations, LengthName>;

/** contracts.md §2, column "real": what counts where a history says nothing. */
const assumedLengths: Readonly<Record<LengthName, number>> = {
  leaseMs: 30_000,
  callAcquireMs: 5_000,
  callStartMs: 10_000,
  callQueryMs: 5_000,
  callUpdateMs: 10_000,
  callStopMs: 10_000,
  pollMs: 120_000,
  confirmLimitMs: 90_000,
  graceMs: 60_000,
  graceNormalMs: 30_000,
  maxIdleMs: 300_000,
  migrationMaxMs: 90_000,
  coverAfterMs: 30_000,
  adoptWindowMs: 15_000,
  freshMs: 10_000,
  spacing404Ms: 95_000,
  resourceLifeMs: 300_000,
  lateStartMs: 60_000,
  stopSlackMs: 30_000,
  workSlackMs: 20_000,
  kafkaSessionMs: 10_000,
  kafkaRebalanceMs: 15_000,
  controlLostWindowMs: 300_000,
  blockedRetryMs: 600_000,
  backoffResetMs: 120_000,
  waitNoCodeMs: 30_000,
  wait401Ms: 60_000,
};
const assumedLists: Readonly<Record<ListName, readonly number[]>> = {
  startRetry65Ms: [3_000, 6_000],
  startRetryServerErrorMs: [3_000, 6_000, 9_000],
  startRetryLostMs: [1_000, 3_000, 6_000],
  claimBackoffMs: [0, 5_000, 15_000, 30_000, 60_000],
  crashLoopRetryMs: [60_000, 120_000, 300_000, 600_000],
  unknownRetryQueryMs: [5_000, 10_000, 15_000, 30_000],
  unknownRetryStopMs: [3_000, 6_000, 9_000, 30_000],
  acquireRetryLostMs: [0, 1_000, 3_000, 6_000],
  acquireRetryOthersMs: [1_000, 2_000, 4_000, 8_000, 16_000, 30_000],
  wait429Ms: [1_000, 2_000, 4_000, 8_000, 16_000, 30_000],
  wait406Ms: [30_000, 60_000, 120_000],
};

export interface ReadDurations {
  readonly durations: ClientDurations;
  /** Names that the history does not tell, so that Agora's real figures were taken. */
  readonly assumed: readonly string[];
}

/**
 * The durations under `settings.client` of a history; `given` wins over it.
 * Without `coverAfterMs` the standard recovery (`coverAfterStandardMs`) is taken.
 */
export function readClientDurations(
  client: Readonly<Record<string, unknown>>,
  given: Partial<ClientDurations>,
): ReadDurations {
  const told: Readonly<Record<string, unknown>> = {
    coverAfterMs: client["coverAfterStandardMs"],
    ...client,
    ...given,
  };
  const durations: { -readonly [Name in keyof ClientDurations]: ClientDurations[Name] } = {
    ...assumedLengths,
    ...assumedLists,
  };
  const assumed: string[] = [];
  for (const name of namesOf(assumedLengths)) {
    const value = told[name];
    if (typeof value === "number") durations[name] = value;
    else assumed.push(name);
  }
  for (const name of namesOf(assumedLists)) {
    const value = told[name];
    if (isNumberList(value)) durations[name] = value;
    else assumed.push(name);
  }
  return { durations, assumed };
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  const names: Name[] = [];
  for (const name in table) names.push(name);
  return names;
}

/** Entry `step` of a backoff schedule; the last one repeats. */
export function stepOf(schedule: readonly number[], step: number): number {
  return schedule[Math.max(0, Math.min(step, schedule.length - 1))] ?? 0;
}

function isNumberList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "number");
}
