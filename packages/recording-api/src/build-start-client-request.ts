import { parseConfig } from "./api-config-error.ts";
import type { RecordingMode } from "./wire/recording-mode.ts";
import type { StartClientRequest } from "./wire/start-client-request.ts";
import { startClientRequestSchemas } from "./wire/start-client-request.ts";

/** What a start request is made of. */
export interface StartClientRequestParts {
  readonly mode: RecordingMode;
  /** As written in a rule; `maxIdleTime` does not belong there. */
  readonly recordingConfig: Readonly<Record<string, unknown>>;
  readonly storageConfig: Readonly<Record<string, unknown>>;
  /** Default: HLS alone. */
  readonly recordingFileConfig?: Readonly<Record<string, unknown>>;
  /** Whole seconds, 5 s … 30 days. */
  readonly maxIdleMs: number;
  /** Absent when the project has no App Certificate. */
  readonly token?: string;
}

/**
 * The `clientRequest` of start: Agora's defaults that matter are written out, everything is checked against the ranges of
 * the reference. The same parts give the same JSON text. Throws an `ApiConfigError` that lists all problems.
 */
export function buildStartClientRequest(parts: StartClientRequestParts): StartClientRequest {
  const request = {
    ...(parts.token === undefined ? {} : { token: parts.token }),
    recordingConfig: {
      ...recordingDefaults[parts.mode],
      ...parts.recordingConfig,
      maxIdleTime: maxIdleS(parts),
    },
    recordingFileConfig: parts.recordingFileConfig ?? { avFileType: ["hls"] },
    storageConfig: parts.storageConfig,
  };
  return parseStartClientRequest(parts.mode, request);
}

/** A checked `clientRequest` of start, or an `ApiConfigError` that lists all problems. */
export function parseStartClientRequest(mode: RecordingMode, request: unknown): StartClientRequest {
  return parseConfig(startClientRequestSchemas[mode], request, { subject: `start request of mode ${mode}` });
}

/**
 * Group 3 = up to 17 uids, as many as a recorder follows at a time; Agora's documents call the field required in mode
 * individual. @see R 3.6
 */
const recordingDefaults = {
  individual: { channelType: 0, subscribeUidGroup: 3 },
  mix: { channelType: 0 },
  web: {},
} as const;

/** A rule's own `maxIdleTime` is passed on as a value that the schema refuses, so that it is reported like the rest. */
function maxIdleS(parts: StartClientRequestParts): unknown {
  if (parts.recordingConfig["maxIdleTime"] !== undefined) return "set twice: it follows from maxIdleMs alone";
  return parts.maxIdleMs / 1_000;
}
