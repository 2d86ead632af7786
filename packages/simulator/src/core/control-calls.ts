import type { CallResult } from "./answer.ts";
import { noWorker, refusal } from "./answer.ts";
import { recordedMs, recorderStatus } from "./recorder-status.ts";
import { endRecorder } from "./recorders.ts";
import { fileFields } from "./recorded-files.ts";
import { parseStopBody, parseUpdateBody } from "./request-bodies.ts";
import type { Recording, World } from "./world.ts";

export interface ControlRequest {
  readonly appId: string;
  readonly resourceId: string;
  readonly sid: string;
  readonly mode: "individual" | "mix";
  readonly json: unknown;
}

/** Status and files of a recording that a worker serves now, else 404. */
export function query(world: World, request: ControlRequest): CallResult {
  const found = findRecording(world, request);
  if (found.kind === "refused") return found.answer;
  const status = recorderStatus(world, found.recording);
  if (status === "notFound") return noWorker;
  const uid = world.settings.switches.queryShowsNewUid ? found.recording.uid : found.recording.resource.uid;
  const serverResponse = { status, ...fileFields(world, found.recording, status) };
  return success(world, found.recording, { uid, serverResponse, recorderStatus: status });
}

/** Takes a new subscription, storage key or layout; changes nothing that the simulator shows. */
export function update(world: World, request: ControlRequest): CallResult {
  const parsed = parseUpdateBody(request.json);
  if (!parsed.ok) return refusal(400, 2, parsed.reason);
  const found = findRecording(world, request);
  if (found.kind === "refused") return found.answer;
  const mismatch = refuseIds(world, found.recording, parsed.body);
  if (mismatch !== undefined) return mismatch;
  if (found.recording.phase.name !== "live") return noWorker;
  return success(world, found.recording, { uid: found.recording.resource.uid });
}

/** As update, in mix mode only. */
export function updateLayout(world: World, request: ControlRequest): CallResult {
  if (request.mode !== "mix") return refusal(400, 2, "updateLayout needs mode mix");
  return update(world, request);
}

/** Ends the recording: the recorder leaves at once; only a synchronous stop waits for the files. */
export function stop(world: World, request: ControlRequest): CallResult {
  const parsed = parseStopBody(request.json);
  if (!parsed.ok) return refusal(400, 2, parsed.reason);
  const found = findRecording(world, request);
  if (found.kind === "refused") return found.answer;
  const { recording } = found;
  const mismatch = refuseIds(world, recording, parsed.body);
  if (mismatch !== undefined) return mismatch;
  const status = recorderStatus(world, recording);
  if (status === "notFound") return noWorker;
  if (recording.phase.name === "ending") return refusal(400, 49, "invalid operation");

  const hasMedia = recordedMs(world, recording) > 0;
  endRecorder(world, recording, "stop");
  const { sid } = recording;
  if (!hasMedia) return { ...refusal(206, 435, "no recorded data"), applied: true, sid };
  const uid = recording.resource.uid;
  if (parsed.body.async) return { ...success(world, recording, { uid }), applied: true };
  const { syncStopUploadMs, syncStopLimitMs } = world.settings.durations;
  if (syncStopUploadMs > syncStopLimitMs) {
    const late = refusal(206, world.settings.switches.syncStopLimitCode, "request not completed");
    return { ...late, applied: true, sid, answerDelayMs: syncStopLimitMs };
  }
  const serverResponse = { ...fileFields(world, recording, 5), uploadingStatus: "uploaded" };
  return { ...success(world, recording, { uid, serverResponse }), applied: true, answerDelayMs: syncStopUploadMs };
}

type Found =
  { readonly kind: "found"; readonly recording: Recording } | { readonly kind: "refused"; readonly answer: CallResult };

function findRecording(world: World, request: ControlRequest): Found {
  const refused = (answer: CallResult): Found => ({ kind: "refused", answer });
  const resource = world.resources.get(request.resourceId);
  if (resource === undefined) return refused(refusal(400, 1001, "resource id can not be parsed"));
  if (resource.appId !== request.appId) return refused(refusal(400, 1003, "app id does not belong to the resource id"));
  const { recording } = resource;
  if (recording?.sid !== request.sid) {
    const known = world.recordings.has(request.sid);
    return refused(known ? refusal(400, 1003, "sid does not belong to the resource id") : noWorker);
  }
  if (recording.mode !== request.mode) return refused(refusal(400, 2, "mode differs from the start"));
  if (world.scheduler.nowMs() - recording.startedAtMs >= resource.expiredHours * 3_600_000) {
    const isCode = world.settings.switches.expiredControlAnswer === "expired";
    return refused(isCode ? refusal(400, 433, "resource id has expired") : noWorker);
  }
  return { kind: "found", recording };
}

function refuseIds(
  world: World,
  recording: Recording,
  ids: { readonly cname: string; readonly uid: string },
): CallResult | undefined {
  const { controlUidAfterMigration, mismatchCode } = world.settings.switches;
  const { uid: original, channelName } = recording.resource;
  const accepted = {
    original: [original],
    new: [recording.uid],
    both: [original, recording.uid],
  }[controlUidAfterMigration];
  if (ids.cname === channelName && accepted.some((uid) => String(uid) === ids.uid)) return undefined;
  return refusal(400, mismatchCode, "cname or uid does not match the resource id");
}

function success(
  world: World,
  recording: Recording,
  extra: {
    readonly uid: number;
    readonly serverResponse?: Readonly<Record<string, unknown>>;
    readonly recorderStatus?: number;
  },
): CallResult {
  const { sid } = recording;
  const { resourceId, channelName } = recording.resource;
  const echo = world.settings.switches.omitEchoedIds ? {} : { cname: channelName, uid: String(extra.uid) };
  const { serverResponse, recorderStatus: status } = extra;
  return {
    status: 200,
    body: { ...echo, resourceId, sid, ...(serverResponse === undefined ? {} : { serverResponse }) },
    applied: true,
    sid,
    resourceId,
    ...(status === undefined ? {} : { recorderStatus: status }),
  };
}
