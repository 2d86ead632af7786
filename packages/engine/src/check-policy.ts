import { ApiConfigError, buildStartClientRequest, checkAppCredentials } from "@autorec/recording-api";
import { exitCodes } from "@autorec/service-kit";
import { revealRequest } from "@autorec/settings";
import type { Policy } from "@autorec/settings";

/** The policy is well formed, but holds what Agora would refuse: every problem at once, no secret; the process ends with 2. */
class ImpossiblePolicyError extends Error {
  readonly code = "REC_API_CONFIG";
  readonly exitCode = exitCodes.badInput;
  readonly problems: readonly string[];

  constructor(path: string, problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${String(problems.length)} problems`;
    super(
      [
        `error REC_API_CONFIG  ${path}`,
        ...problems.map((problem) => `  ${problem}`),
        `  ${count} in ${path} · nothing was started        (exit 2)`,
      ].join("\n"),
    );
    this.name = "ImpossiblePolicyError";
    this.problems = problems;
  }
}

/**
 * Builds every rule's request once, so that a rule or an app that Agora would refuse is found at start-up.
 * @throws ImpossiblePolicyError that names rule or app, field, value and what was expected
 */
export function checkPolicy(policy: Policy, path: string): void {
  const apps = [...policy.apps.values()].flatMap(({ name, appId, appCertificate }) =>
    problemsOf(`app "${name}"`, () => {
      checkAppCredentials({
        appId,
        ...(appCertificate === undefined ? {} : { appCertificate: appCertificate.reveal() }),
      });
    }),
  );
  const rules = policy.rules.flatMap((rule) =>
    problemsOf(`rule "${rule.rule.name}"`, () => {
      buildStartClientRequest({
        ...revealRequest(rule),
        ...anyChannel,
        ...(rule.mode === "web" ? {} : { maxIdleMs: rule.rule.maxIdleMs }),
      });
    }),
  );
  // A rule for all apps stands there once per app.
  const problems = [...new Set([...apps, ...rules])];
  if (problems.length > 0) throw new ImpossiblePolicyError(path, problems);
}

/** Stands in for what an attempt will bring. */
const anyChannel = { channelName: "channel", dateAtMs: 0 } as const;

function problemsOf(subject: string, check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (err) {
    if (!(err instanceof ApiConfigError)) throw err;
    return err.problems.map(({ expected, field, value }) => `${subject}: ${field} is ${value}; expected ${expected}`);
  }
}
