import { stopRequestSchema, updateLayoutRequestSchema, updateRequestSchemas } from "@autorec/recording-api/wire";
import type { SimulatorSwitches } from "../../settings/switches.ts";
import type { RecordingMode, StorageOrder } from "../recording.ts";
import { spelledRight } from "./legacy-spelling.ts";
import type { ParsedBody } from "./parsed-body.ts";
import { refusedBody, refusedField } from "./parsed-body.ts";
import { readLeniently } from "./read-leniently.ts";
import { isRefusedVendor, storageOf } from "./start-body.ts";
import type { UidLists } from "./subscription.ts";

export interface ControlBody {
  readonly cname: string;
  readonly uid: string;
}
export interface StopBody extends ControlBody {
  readonly async: boolean;
}
/** What an update changes; absent is left as it is. */
export interface UpdateBody extends ControlBody {
  readonly lists?: UidLists;
  readonly storage?: StorageOrder;
  readonly onhold?: boolean;
  readonly rtmpUrl?: string;
}

/** @see R 6 */
export function parseStopBody(json: unknown): ParsedBody<StopBody> {
  const parsed = stopRequestSchema.safeParse(json);
  if (!parsed.success) return refusedBody("Stop", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  return { ok: true, body: { cname, uid, async: clientRequest.async_stop ?? false } };
}

/** @see R 5.1 */
export function parseUpdateBody(
  json: unknown,
  mode: RecordingMode,
  switches: SimulatorSwitches,
): ParsedBody<UpdateBody> {
  const body = readLeniently(json, "update", switches);
  const read = mode === "web" ? parseWebUpdate(body, switches) : parseChannelUpdate(body, mode, switches);
  if (!read.ok || switches.updateCombined === "accepted") return read;
  const { lists, storage, onhold, rtmpUrl } = read.body;
  const changes = [lists, storage, onhold, rtmpUrl].filter((change) => change !== undefined);
  return changes.length > 1 ? refusedField("Update", "clientRequest") : read;
}

/** @see R 5.2 */
export function parseUpdateLayoutBody(json: unknown, switches: SimulatorSwitches): ParsedBody<ControlBody> {
  const parsed = updateLayoutRequestSchema.safeParse(readLeniently(json, "layout", switches));
  if (!parsed.success) return refusedBody("UpdateLayout", parsed.error);
  const { cname, uid } = parsed.data;
  return { ok: true, body: { cname, uid } };
}

function parseChannelUpdate(
  json: unknown,
  mode: "individual" | "mix",
  switches: SimulatorSwitches,
): ParsedBody<UpdateBody> {
  const place = ["clientRequest", "streamSubscribe"];
  const audioRight = spelledRight(json, [...place, "audioUidList"], switches);
  const parsed = updateRequestSchemas[mode].safeParse(spelledRight(audioRight, [...place, "videoUidList"], switches));
  if (!parsed.success) return refusedBody("Update", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  const { streamSubscribe, storageConfig } = clientRequest;
  if (storageConfig !== undefined && isRefusedVendor(storageConfig.vendor, switches)) {
    return refusedField("Update", "storageConfig.vendor");
  }
  const lists =
    streamSubscribe === undefined
      ? {}
      : { lists: { ...streamSubscribe.audioUidList, ...streamSubscribe.videoUidList } };
  const storage = storageConfig === undefined ? {} : { storage: storageOf(storageConfig) };
  return { ok: true, body: { cname, uid, ...lists, ...storage } };
}

function parseWebUpdate(json: unknown, switches: SimulatorSwitches): ParsedBody<UpdateBody> {
  const parsed = updateRequestSchemas.web.safeParse(json);
  if (!parsed.success) return refusedBody("Update", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  const { webRecordingConfig, rtmpPublishConfig, storageConfig } = clientRequest;
  if (storageConfig !== undefined && isRefusedVendor(storageConfig.vendor, switches)) {
    return refusedField("Update", "storageConfig.vendor");
  }
  const rtmpUrl = rtmpPublishConfig?.outputs[0]?.rtmpUrl;
  return {
    ok: true,
    body: {
      cname,
      uid,
      // false is the default of the block, not of its absence. @see R 5.1
      ...(webRecordingConfig === undefined ? {} : { onhold: webRecordingConfig.onhold ?? false }),
      ...(rtmpUrl === undefined ? {} : { rtmpUrl }),
      ...(storageConfig === undefined ? {} : { storage: storageOf(storageConfig) }),
    },
  };
}
