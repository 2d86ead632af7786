export { durationsEnv, durationsToEnv } from "./durations-env.ts";
export type { DeploymentSettings, TopicNames } from "./deployment-env.ts";
export { deploymentEnv, topicNames } from "./deployment-env.ts";
export type { LoadPolicyOptions } from "./load-policy.ts";
export { loadPolicy } from "./load-policy.ts";
export type { AppSettings, Policy, RequestPart, RuleSettings } from "./policy.ts";
export { revealRequest } from "./reveal-secrets.ts";
export type { FileProblem, SettingsErrorCode } from "./settings-error.ts";
export { settingsErrorCodes } from "./settings-error.ts";
