import { startRequestSchemas } from "@autorec/recording-api/wire";
import { z } from "zod";
import type { SimulatorSwitches } from "../../settings/switches.ts";
import type { Flaw } from "../flaw.ts";
import type { RecorderPlan } from "../new-recording.ts";
import type { RecordingMode, RecordingOrder, StorageOrder, WebOrder } from "../recording.ts";
import { spelledRight } from "./legacy-spelling.ts";
import { valueAt, withValueAt } from "./json-value.ts";
import type { ParsedBody } from "./parsed-body.ts";
import { refusedBody, refusedField } from "./parsed-body.ts";
import { readLeniently, readMixLeniently } from "./read-leniently.ts";
import { subscriptionOf } from "./subscription.ts";

export interface StartBody {
  readonly cname: string;
  readonly uid: string;
  readonly token: string | undefined;
  readonly plan: Omit<RecorderPlan, "flaw" | "token">;
  /** The start is accepted, but its transcoding will not work. */
  readonly flaw: Extract<Flaw, "transcoding"> | undefined;
}

/** @param mode changes which keys are allowed. @see R 3.3 */
export function parseStartBody(json: unknown, mode: RecordingMode, switches: SimulatorSwitches): ParsedBody<StartBody> {
  const legacy = legacyBlocks.find((block) => valueAt(json, ["clientRequest", block]) !== undefined);
  if (legacy !== undefined && switches.legacyPostponed === "refused") return refusedField("Start", legacy);
  const body = spelledRight(json, ["clientRequest", "recordingConfig"], switches);
  switch (mode) {
    case "individual":
      return parseIndividual(readLeniently(body, "start", switches), switches);
    case "mix":
      return parseMix(readMixLeniently(body, switches), switches);
    case "web":
      return parseWeb(readLeniently(body, "start", switches), switches);
  }
}

/** The storage of start or update as the simulator keeps it. @see R 3.5 */
export function storageOf(
  config: z.infer<typeof startRequestSchemas.mix>["clientRequest"]["storageConfig"],
): StorageOrder {
  const { vendor, region, bucket, accessKey, secretKey, stsToken, fileNamePrefix = [], extensionParams } = config;
  const endpoint = extensionParams?.endpoint;
  return {
    vendor,
    region,
    bucket,
    accessKey,
    secretKey,
    fileNamePrefix,
    ...(stsToken === undefined ? {} : { stsToken }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** Vendors 0 and 4 were removed from the documents. @see R 3.5.1 */
export function isRefusedVendor(vendor: number, switches: Pick<SimulatorSwitches, "legacyVendors">): boolean {
  return (vendor === 0 || vendor === 4) && !switches.legacyVendors;
}

/** Removed from the documentation in 2025; other people's clients still send them. @see R 3.11 */
const legacyBlocks = ["appsCollection", "transcodeOptions"] as const;

/** Most uids by `subscribeUidGroup`. @see R 3.6 */
const uidGroupSizes = [2, 7, 12, 17, 32, 49] as const;
const uidsUsual = 17;
const maxIdleS = 30;

function parseIndividual(json: unknown, switches: SimulatorSwitches): ParsedBody<StartBody> {
  const parsed = startRequestSchemas.individual.safeParse(json);
  if (!parsed.success) return refusedBody("Start", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  const { token, recordingConfig, recordingFileConfig, snapshotConfig, storageConfig } = clientRequest;
  const group = recordingConfig?.subscribeUidGroup;
  if (switches.requireUidGroup && group === undefined) {
    return refusedField("Start", "recordingConfig.subscribeUidGroup");
  }
  if (isRefusedVendor(storageConfig.vendor, switches)) return refusedField("Start", "storageConfig.vendor");
  const intervalS = snapshotConfig === undefined ? undefined : (snapshotConfig.captureInterval ?? 10);
  if (intervalS !== undefined && intervalS < switches.captureIntervalMinS) {
    return refusedField("Start", "snapshotConfig.captureInterval");
  }
  const isSnapshotOnly = snapshotConfig !== undefined && recordingFileConfig === undefined;
  const order: RecordingOrder = {
    ...commonOrder(recordingConfig),
    streamMode: recordingConfig?.streamMode ?? "default",
    fileTypes: isSnapshotOnly ? [] : ["hls"],
    ...(intervalS === undefined ? {} : { snapshotIntervalMs: intervalS * 1_000 }),
    uidsMax: switches.uidGroupLimits ? (uidGroupSizes[group ?? 0] ?? uidsUsual) : uidsUsual,
  };
  const plan = {
    mode: "individual",
    order,
    storage: storageOf(storageConfig),
    subscription: subscriptionOf(recordingConfig ?? {}),
    onhold: false,
    rtmpUrl: undefined,
  } as const;
  return { ok: true, body: { cname, uid, token, plan, flaw: undefined } };
}

function parseMix(json: unknown, switches: SimulatorSwitches): ParsedBody<StartBody> {
  const judged = judgeTranscoding(json, switches);
  const { parsed } = judged;
  if (!parsed.success) return refusedBody("Start", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  const { token, recordingConfig, recordingFileConfig, storageConfig } = clientRequest;
  if (isRefusedVendor(storageConfig.vendor, switches)) return refusedField("Start", "storageConfig.vendor");
  // Looked at only here: the schema lets the blocks of other modes pass. @see R 3.3
  if (clientRequest["snapshotConfig"] !== undefined) return refusedField("Start", "snapshotConfig");
  const plan = {
    mode: "mix",
    order: {
      ...commonOrder(recordingConfig),
      streamMode: "default",
      fileTypes: recordingFileConfig?.avFileType ?? ["hls"],
      uidsMax: uidsUsual,
    },
    storage: storageOf(storageConfig),
    subscription: subscriptionOf(recordingConfig ?? {}),
    onhold: false,
    rtmpUrl: undefined,
  } as const;
  return { ok: true, body: { cname, uid, token, plan, flaw: judged.flaw } };
}

function parseWeb(json: unknown, switches: SimulatorSwitches): ParsedBody<StartBody> {
  const parsed = startRequestSchemas.web.safeParse(json);
  if (!parsed.success) return refusedBody("Start", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  const { extensionServiceConfig, recordingFileConfig, storageConfig } = clientRequest;
  if (isRefusedVendor(storageConfig.vendor, switches)) return refusedField("Start", "storageConfig.vendor");
  let web: WebOrder | undefined;
  let onhold = false;
  let rtmpUrl: string | undefined;
  for (const service of extensionServiceConfig.extensionServices) {
    if (service.serviceName === "rtmp_publish_service") rtmpUrl = service.serviceParam.outputs[0]?.rtmpUrl;
    else {
      const param = service.serviceParam;
      onhold = param.onhold ?? false;
      web = {
        url: param.url,
        maxRecordingMs: param.maxRecordingHour * 3_600_000,
        maxVideoMs: (param.maxVideoDuration ?? 120) * 60_000,
        readyTimeoutMs: (param.readyTimeout ?? 0) * 1_000,
        width: param.videoWidth,
        height: param.videoHeight,
      };
    }
  }
  const plan = {
    mode: "web",
    order: {
      ...commonOrder(undefined),
      streamMode: "default",
      fileTypes: recordingFileConfig?.avFileType ?? ["hls"],
      uidsMax: uidsUsual,
      ...(web === undefined ? {} : { web }),
    },
    storage: storageOf(storageConfig),
    subscription: subscriptionOf({}),
    onhold,
    rtmpUrl,
  } as const;
  // A page needs no token: one that is sent all the same is not looked at. @see R 3.3
  return { ok: true, body: { cname, uid, token: undefined, plan, flaw: undefined } };
}

function commonOrder(
  config:
    | {
        readonly channelType?: number | undefined;
        readonly maxIdleTime?: number | undefined;
        readonly streamTypes?: 0 | 1 | 2 | undefined;
        readonly privateParams?: string | undefined;
      }
    | undefined,
): Pick<RecordingOrder, "channelType" | "maxIdleMs" | "streamTypes" | "correctExtinf"> {
  return {
    channelType: config?.channelType === 1 ? 1 : 0,
    maxIdleMs: (config?.maxIdleTime ?? maxIdleS) * 1_000,
    streamTypes: config?.streamTypes ?? 2,
    correctExtinf: wantsExtinfComma(config?.privateParams),
  };
}

const privateParamsSchema = z.looseObject({ correctEXTINF: z.boolean().optional().catch(undefined) });

function wantsExtinfComma(privateParams: string | undefined): boolean {
  if (privateParams === undefined) return false;
  const parsed = privateParamsSchema.safeParse(JSON.parse(privateParams));
  return parsed.success && parsed.data.correctEXTINF === true;
}

const transcodingPath = ["clientRequest", "recordingConfig", "transcodingConfig"] as const;

/**
 * A value of the wrong type is refused like everywhere; one that is out of range passes start, and the recording dies.
 * What is judged is taken out of the body, so that the schema sees only the rest. @see R 3.7
 */
function judgeTranscoding(
  json: unknown,
  switches: SimulatorSwitches,
): {
  readonly parsed: ReturnType<typeof startRequestSchemas.mix.safeParse>;
  readonly flaw: "transcoding" | undefined;
} {
  const whole = startRequestSchemas.mix.safeParse(json);
  const asItIs = { parsed: whole, flaw: undefined } as const;
  if (whole.success) return asItIs;
  const unreasonable = whole.error.issues.filter(({ path }) =>
    transcodingPath.every((part, index) => path[index] === part),
  );
  if (unreasonable.length === 0 || unreasonable.some(({ path }) => isWrongType(json, path))) return asItIs;
  const answers = new Set(
    unreasonable.map(({ path }) => {
      const isHighBitrate = path.at(-1) === "bitrate" && Number(valueAt(json, path)) > 6_500;
      return isHighBitrate ? switches.bitrateOverMax : switches.unreasonableTranscoding;
    }),
  );
  if (answers.has("refused")) return asItIs;
  const without = withValueAt(json, transcodingPath, () => undefined);
  const parsed = startRequestSchemas.mix.safeParse(without);
  return { parsed, flaw: answers.has("dies") ? "transcoding" : undefined };
}

/** Numbers have a range, texts a form; where a window or one of its edges is missing, the type is wrong. */
function isWrongType(json: unknown, path: readonly PropertyKey[]): boolean {
  const key = String(path.at(-1));
  const value = valueAt(json, path);
  if (numberKeys.has(key)) return typeof value !== "number";
  if (textKeys.has(key)) return typeof value !== "string";
  if (key === "layoutConfig") return value !== undefined && !Array.isArray(value);
  return typeof value !== "object" || value === null;
}

const numberKeys: ReadonlySet<string> = new Set([
  ...["width", "height", "fps", "bitrate", "mixedVideoLayout", "x_axis", "y_axis", "alpha", "render_mode"],
]);
const textKeys: ReadonlySet<string> = new Set([
  ...["maxResolutionUid", "backgroundColor", "backgroundImage", "defaultUserBackgroundImage", "uid", "image_url"],
]);
