import { isSecret } from "@autorec/service-kit/words";
import type { RequestPart, RuleSettings } from "./policy.ts";

/** The parts of a rule that are sent to Agora, with every secret as plain text: for the request and nothing else. */
export function revealRequest(rule: RuleSettings): {
  readonly mode: RuleSettings["mode"];
  readonly recordingConfig?: RequestPart;
  readonly recordingFileConfig?: RequestPart;
  readonly snapshotConfig?: RequestPart;
  readonly web?: RequestPart;
  readonly storageConfig: RequestPart;
} {
  const { mode, recordingConfig, recordingFileConfig, snapshotConfig, storageConfig, web } = rule;
  return {
    mode,
    ...(recordingConfig === undefined ? {} : { recordingConfig: revealSecrets(recordingConfig) }),
    ...(recordingFileConfig === undefined ? {} : { recordingFileConfig: revealSecrets(recordingFileConfig) }),
    ...(snapshotConfig === undefined ? {} : { snapshotConfig: revealSecrets(snapshotConfig) }),
    ...(web === undefined ? {} : { web: revealSecrets(web) }),
    storageConfig: revealSecrets(storageConfig),
  };
}

/** A copy with every secret as plain text: for the request to Agora and nothing else. */
export function revealSecrets(part: RequestPart): RequestPart {
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, revealed(value)]));
}

function revealed(value: unknown): unknown {
  if (isSecret(value)) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]: [string, unknown]) => [key, revealed(field)]));
}
