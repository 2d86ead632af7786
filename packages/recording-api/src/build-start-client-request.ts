import type { ConfigProblem } from "./api-config-error.ts";
import { ApiConfigError, parseConfig } from "./api-config-error.ts";
import type { RequestFill } from "./storage-request.ts";
import { storageRequest } from "./storage-request.ts";
import type { PresetName, RecordingParts } from "./wire/presets.ts";
import { isPresetName, recordingPresets, withPreset } from "./wire/presets.ts";
import type { RecordingMode } from "./wire/recording-mode.ts";
import { recordingModeSchema } from "./wire/recording-mode.ts";
import { channelPlaceholder } from "./wire/storage-config.ts";
import type { StartClientRequest } from "./wire/start-client-request.ts";
import { startClientRequestSchemas } from "./wire/start-client-request.ts";
import { extensionServiceConfigOf, webPageSchema } from "./wire/web-page.ts";

/** What a start request is made of; parts that are left out are the preset's, or Agora's defaults. */
export interface StartClientRequestParts extends RecordingParts, RequestFill {
  /** May be left out beside a preset. */
  readonly mode?: RecordingMode;
  /** Its parts are the base, what is given beside it is written over them key by key. */
  readonly preset?: PresetName;
  /** As people write it: names or numbers for vendor and region, `{channel}` and `{date}` as folders. */
  readonly storageConfig: Readonly<Record<string, unknown>>;
  /** Instead of `web`, word for word. */
  readonly extensionServiceConfig?: Readonly<Record<string, unknown>>;
  /** Whole seconds, 5 s … 30 days, instead of `recordingConfig.maxIdleTime`; modes individual and mix. */
  readonly maxIdleMs?: number;
  /** Absent when the project has no App Certificate, and in mode web. */
  readonly token?: string;
}

/**
 * The `clientRequest` of start: Agora's defaults that matter are written out, everything is checked against the ranges of
 * the reference. The same parts give the same JSON text. Throws an `ApiConfigError` that lists all problems.
 */
export function buildStartClientRequest(parts: StartClientRequestParts): StartClientRequest {
  const mode = modeOf(parts);
  const recording = parts.preset === undefined ? parts : withPreset(parts.preset, parts);
  const services = outcomeOf(() => extensionPart({ ...parts, ...recording }));
  const storage = outcomeOf(() => storageRequest(parts.storageConfig, parts));
  // What was found wrong already is not told twice: something right stands in for it.
  const extensionServiceConfig = services.problems.length > 0 && mode === "web" ? someServices : services.value;
  const request = outcomeOf(() =>
    parseStartClientRequest(mode, {
      ...(parts.token === undefined ? {} : { token: parts.token }),
      ...recordingPart(mode, { ...recording, maxIdleMs: parts.maxIdleMs }),
      ...filesPart(recording),
      ...(recording.snapshotConfig === undefined ? {} : { snapshotConfig: recording.snapshotConfig }),
      ...(extensionServiceConfig === undefined ? {} : { extensionServiceConfig }),
      storageConfig: storage.value ?? someStorage,
    }),
  );
  const problems = [...request.problems, ...services.problems, ...storage.problems];
  if (request.value === undefined || problems.length > 0) throw new ApiConfigError(subjectOf(mode), problems);
  checked.set(request.value, { mode, request: request.value });
  return request.value;
}

/** Requests that were built here a moment ago, and that nobody changes: the client need not check them once more. */
const checked = new WeakMap<object, { readonly mode: RecordingMode; readonly request: StartClientRequest }>();

/** A request that differs from a checked one only in what cannot make it wrong need not be checked either. */
export function checkedAs(known: StartClientRequest, request: StartClientRequest): StartClientRequest {
  const mode = checked.get(known)?.mode;
  if (mode !== undefined) checked.set(request, { mode, request });
  return request;
}

/** A checked `clientRequest` of start, or an `ApiConfigError` that lists all problems. */
export function parseStartClientRequest(mode: RecordingMode, request: unknown): StartClientRequest {
  const known = typeof request === "object" && request !== null ? checked.get(request) : undefined;
  if (known?.mode === mode) return known.request;
  return parseConfig(startClientRequestSchemas[mode], request, { subject: subjectOf(mode) });
}

interface Outcome<Value> {
  readonly value?: Value;
  readonly problems: readonly ConfigProblem[];
}

function outcomeOf<Value>(make: () => Value): Outcome<Value> {
  try {
    return { value: make(), problems: [] };
  } catch (err) {
    if (err instanceof ApiConfigError) return { problems: err.problems };
    throw err;
  }
}

const someStorage = { vendor: 6, region: 0, bucket: "b", accessKey: "a", secretKey: "s" } as const;
const someServices = extensionServiceConfigOf(webPageSchema.parse({ url: "https://example.org" }));

function subjectOf(mode: RecordingMode): string {
  return `start request of mode ${mode}`;
}

function modeOf({ mode, preset }: StartClientRequestParts): RecordingMode {
  const subject = "start request";
  if (preset === undefined) return parseConfig(recordingModeSchema, mode, { subject, field: "mode" });
  if (!isPresetName(preset)) {
    const expected = `one of ${Object.keys(recordingPresets).join(", ")}`;
    throw new ApiConfigError(subject, [{ field: "preset", value: JSON.stringify(preset), expected }]);
  }
  const own = recordingPresets[preset].mode;
  if (mode === undefined || mode === own) return own;
  const expected = `"${own}", the mode of preset ${preset}, or none`;
  throw new ApiConfigError(subject, [{ field: "mode", value: JSON.stringify(mode), expected }]);
}

/**
 * Group 3 = up to 17 uids, as many as a recorder follows at a time; Agora's documents call the field required in mode
 * individual. @see R 3.6
 */
const recordingDefaults = {
  individual: { channelType: 0, subscribeUidGroup: 3 },
  mix: { channelType: 0 },
} as const;

interface IdleParts {
  readonly recordingConfig?: Readonly<Record<string, unknown>>;
  readonly maxIdleMs?: number | undefined;
}

function recordingPart(mode: RecordingMode, { maxIdleMs, recordingConfig }: IdleParts): object {
  // A page has neither subscription nor idle time; what a caller says of one is refused by the schema.
  if (mode === "web") return recordingConfig === undefined ? {} : { recordingConfig };
  const own = recordingConfig ?? {};
  const idle = maxIdleMs === undefined ? {} : { maxIdleTime: maxIdleS(own, maxIdleMs) };
  return { recordingConfig: { ...recordingDefaults[mode], ...own, ...idle } };
}

/** A rule's own `maxIdleTime` is passed on as a value that the schema refuses, so that it is reported like the rest. */
function maxIdleS(own: Readonly<Record<string, unknown>>, maxIdleMs: number): unknown {
  return own["maxIdleTime"] === undefined ? maxIdleMs / 1_000 : "set twice: it follows from maxIdleMs alone";
}

/** Snapshots without file types mean snapshots alone. @see R 3.9 */
function filesPart({ recordingFileConfig, snapshotConfig }: RecordingParts): object {
  if (recordingFileConfig !== undefined) return { recordingFileConfig };
  return snapshotConfig === undefined ? { recordingFileConfig: { avFileType: ["hls"] } } : {};
}

function extensionPart(parts: StartClientRequestParts): object | undefined {
  const { channelName, extensionServiceConfig, web } = parts;
  if (web === undefined) return extensionServiceConfig;
  const subject = "page recording";
  if (extensionServiceConfig !== undefined) {
    const expected = "either web or extensionServiceConfig";
    throw new ApiConfigError(subject, [{ field: "web", value: "an object", expected }]);
  }
  const { url } = web;
  if (typeof url === "string" && url.includes(channelPlaceholder) && channelName?.isWellFormed() !== true) {
    const expected = "a channel name beside it, to fill it in";
    throw new ApiConfigError(subject, [{ field: "web.url", value: `a page with ${channelPlaceholder}`, expected }]);
  }
  const page = typeof url === "string" ? { ...web, url: pageUrl(url, channelName ?? "") } : web;
  return extensionServiceConfigOf(parseConfig(webPageSchema, page, { subject, field: "web" }));
}

function pageUrl(url: string, channelName: string): string {
  return url.replaceAll(channelPlaceholder, () => encodeURIComponent(channelName));
}
