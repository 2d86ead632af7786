import type { Durations, Rule } from "@autorec/domain";

/** A relation between durations that does not hold, and the setting whose change is the likeliest cure. */
export interface DurationsProblem {
  readonly field: keyof Durations;
  readonly message: string;
}

/** What must hold of any set of durations, whatever the rules say (contracts.md §2, checked at start). */
export function checkDurations(durations: Durations): readonly DurationsProblem[] {
  const d = durations;
  const sendMarginMs =
    Math.max(d.callAcquireMs, d.callStartMs, d.callQueryMs, d.callUpdateMs, d.callStopMs) + d.sendSlackMs;
  const resourceStartCutoffMs = 0.8 * d.resourceLifeMs;
  return failed([
    [
      d.spacing404Ms > d.migrationMaxMs,
      "spacing404Ms",
      `spacing404 (${d.spacing404Ms}) must be greater than migrationMax (${d.migrationMaxMs}): two 404s may else be one migration`,
    ],
    [
      d.leaseMs >= 1.5 * sendMarginMs,
      "leaseMs",
      `lease (${d.leaseMs}) must be at least 1.5 · the greatest call limit with sendSlack (${1.5 * sendMarginMs}): a request must end inside its lease`,
    ],
    [
      d.freshMs >= 1.5 * d.callQueryMs,
      "freshMs",
      `fresh (${d.freshMs}) must be at least 1.5 · call query (${1.5 * d.callQueryMs}): no answer would else ever be fresh enough`,
    ],
    [
      d.eventLagMs >= d.kafkaSessionMs + d.kafkaRebalanceMs,
      "eventLagMs",
      `eventLag (${d.eventLagMs}) must be at least Kafka session + rebalance (${d.kafkaSessionMs + d.kafkaRebalanceMs})`,
    ],
    [
      d.confirmLimitMs >= d.leaseMs + 1_000 + d.callQueryMs,
      "confirmLimitMs",
      `confirm limit (${d.confirmLimitMs}) must be at least lease + 1000 + call query (${d.leaseMs + 1_000 + d.callQueryMs}): a crash would else look like a failed start`,
    ],
    [
      resourceStartCutoffMs >= d.leaseMs + 1_000 + d.callAcquireMs + d.callStartMs,
      "resourceLifeMs",
      `0.8 · resourceLife (${resourceStartCutoffMs}) must be at least lease + 1000 + call acquire + call start (${d.leaseMs + 1_000 + d.callAcquireMs + d.callStartMs})`,
    ],
    [
      d.maxIdleMs >= 5_000 && d.maxIdleMs % 1_000 === 0,
      "maxIdleMs",
      `maxIdle (${d.maxIdleMs}) must be whole seconds, at least 5000: Agora takes no other`,
    ],
    [
      d.coverAfterEagerMs <= d.coverAfterStandardMs &&
        d.coverAfterStandardMs <= d.coverAfterPatientMs &&
        d.coverAfterPatientMs <= d.spacing404Ms,
      "coverAfterPatientMs",
      `coverAfter eager, standard, patient (${d.coverAfterEagerMs}, ${d.coverAfterStandardMs}, ${d.coverAfterPatientMs}) must grow and not exceed spacing404 (${d.spacing404Ms})`,
    ],
    [
      d.rotateWaitMs + d.rotateJitterMs <= d.rotateMarginMs,
      "rotateMarginMs",
      `rotateMargin (${d.rotateMarginMs}) must be at least rotateWait + rotateJitter (${d.rotateWaitMs + d.rotateJitterMs}): a recorder would else end before its successor may come`,
    ],
    ...idleChecks({ maxIdleMs: d.maxIdleMs, graceMs: Math.max(d.graceMs, d.graceNormalMs) }, d).map(
      (check) => [check.holds, "maxIdleMs", check.message] as const,
    ),
  ]);
}

/** Which setting of a rule a problem belongs to. */
export interface RuleDurationsProblem {
  readonly key: "maxIdleSeconds" | "graceSeconds" | "recovery";
  readonly message: string;
}

/** What must hold of one rule under these durations; says nothing that `checkDurations` already says of the defaults. */
export function checkRuleDurations(
  rule: Pick<Rule, "coverAfterMs" | "graceMs" | "maxIdleMs">,
  durations: Durations,
): readonly RuleDurationsProblem[] {
  const problems: RuleDurationsProblem[] = [];
  if (rule.maxIdleMs !== durations.maxIdleMs || rule.graceMs !== durations.graceMs) {
    for (const check of idleChecks(rule, durations)) {
      if (!check.holds)
        problems.push({
          key: rule.maxIdleMs === durations.maxIdleMs ? "graceSeconds" : "maxIdleSeconds",
          message: check.message,
        });
    }
  }
  if (rule.coverAfterMs > durations.spacing404Ms) {
    problems.push({
      key: "recovery",
      message: `coverAfter (${rule.coverAfterMs} ms) must not exceed spacing404 (${durations.spacing404Ms} ms): a second counted 404 moves capture anyway`,
    });
  }
  return problems;
}

function idleChecks(rule: { readonly maxIdleMs: number; readonly graceMs: number }, d: Durations) {
  const pollNeedsMs = Math.round(1.1 * d.pollMs + 2 * d.leaseMs);
  const graceNeedsMs = rule.graceMs + d.leaseMs + d.pollMs;
  return [
    {
      holds: pollNeedsMs <= rule.maxIdleMs,
      message: `maxIdle (${rule.maxIdleMs} ms) must be at least 1.1 · poll + 2 · lease (${pollNeedsMs} ms): a recorder would else idle out between two looks`,
    },
    {
      holds: rule.maxIdleMs > graceNeedsMs,
      message: `maxIdle (${rule.maxIdleMs} ms) must be greater than grace + lease + poll (${graceNeedsMs} ms): a recorder would else leave during the grace`,
    },
  ];
}

function failed(checks: readonly (readonly [boolean, keyof Durations, string])[]): DurationsProblem[] {
  return checks.flatMap(([holds, field, message]) => (holds ? [] : [{ field, message }]));
}
