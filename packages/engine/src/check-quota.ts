import { forecastQuota, spareWorkers } from "@autorec/domain";
import type { Durations, QuotaForecast } from "@autorec/domain";
import { exitCodes } from "@autorec/service-kit";
import type { AccountQuota } from "@autorec/session-store";
import type { Policy } from "@autorec/settings";
import { accountName, accountQuota } from "./agora-access.ts";

/** The accounts cannot carry what the policy lets them start: every problem at once; the process ends with 2. */
class ImpossibleQuotaError extends Error {
  readonly code = "REC_QUOTA_FORECAST";
  readonly exitCode = exitCodes.badInput;
  readonly problems: readonly string[];

  constructor(path: string, problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${String(problems.length)} problems`;
    super(
      [
        `error REC_QUOTA_FORECAST  ${path}`,
        ...problems.map((problem) => `  ${problem}`),
        `  ${count} in ${path} · nothing was started        (exit 2)`,
      ].join("\n"),
    );
    this.name = "ImpossibleQuotaError";
    this.problems = problems;
  }
}

/** An account whose polls will come later than usual once most of its workers record. */
export interface TightQuota {
  readonly account: string;
  readonly forecast: QuotaForecast;
}

/** Every account of the policy by the name that it is counted under, with what Agora allows it. */
export function accountQuotas(policy: Policy): ReadonlyMap<string, AccountQuota> {
  return new Map([...policy.apps.values()].map((app) => [accountName(app, policy), accountQuota(app, policy)]));
}

/**
 * Forecasts every account with all its workers in use; answers those whose polls stretch then.
 * @throws ImpossibleQuotaError when recorders would idle out unseen, and says what to ask Agora for
 */
export function checkQuota(policy: Policy, path: string, durations: Durations): readonly TightQuota[] {
  const forecasts = [...accountQuotas(policy)].map(([account, quota]) => {
    const idleTimesMs = policy.rules
      .filter(({ app, mode }) => mode !== "web" && accountName(app, policy) === account)
      .map(({ rule }) => rule.maxIdleMs);
    const recorders = quota.workers - spareWorkers(quota.workers);
    // The longest: a plan is refused only when it certainly cannot fit.
    const maxIdleMs = Math.max(durations.maxIdleMs, ...idleTimesMs);
    return { account, quota, recorders, forecast: forecastQuota({ ...quota, recorders, maxIdleMs }, durations) };
  });
  const impossible = forecasts.filter(({ forecast }) => forecast.requests === "cannot_fit");
  if (impossible.length > 0) throw new ImpossibleQuotaError(path, impossible.map(problemOf));
  return forecasts
    .filter(({ forecast }) => forecast.requests === "stretches")
    .map(({ account, forecast }) => ({ account, forecast }));
}

function problemOf(from: {
  readonly account: string;
  readonly quota: AccountQuota;
  readonly recorders: number;
  readonly forecast: QuotaForecast;
}): string {
  const { account, forecast, quota, recorders } = from;
  const { pollsPerSecondMax, pollsPerSecondMin, recordersMax, requestsPerSecondMin, requestsPerSecondNeeded } =
    forecast;
  return [
    `account "${account}": watching ${String(recorders)} recorders (workers: ${String(quota.workers)}) takes at least`,
    `${pollsPerSecondMin.toFixed(1)} polls per second, and requestsPerSecond: ${String(quota.requestsPerSecond)} leaves`,
    `${pollsPerSecondMax.toFixed(1)} for polls; ask Agora for ${String(requestsPerSecondNeeded)} requests per second`,
    `(${String(requestsPerSecondMin)} just fit), or set workers to ${String(recordersMax)} or less: docs/quota.md`,
  ].join(" ");
}
