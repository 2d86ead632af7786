import type { CallResult } from "./answer.ts";
import { noWorker, refusal } from "./answer.ts";
import { isOwnResourceId } from "./resource-id.ts";
import type { Recording, RecordingMode } from "./recording.ts";
import type { World } from "./world.ts";

/** A call about a recording that was started. */
export interface ControlRequest {
  readonly appId: string;
  readonly resourceId: string;
  readonly sid: string;
  readonly mode: RecordingMode;
  readonly json: unknown;
}

type Found =
  { readonly kind: "found"; readonly recording: Recording } | { readonly kind: "refused"; readonly answer: CallResult };

/** The recording that the path names, or why the call cannot reach one. */
export function findRecording(world: World, request: ControlRequest): Found {
  const { unknownResourceCode, foreignResourceCode, expiredControlAnswer } = world.settings.switches;
  const refused = (answer: CallResult): Found => ({ kind: "refused", answer });
  const foreign = (what: string): Found =>
    refused(refusal(400, foreignResourceCode, `${what} does not belong to the resource id`));
  const resource = world.resources.get(request.resourceId);
  if (resource === undefined) {
    const isForgotten = isOwnResourceId(world, request.resourceId);
    return refused(isForgotten ? noWorker : refusal(400, unknownResourceCode, "resource id can not be parsed"));
  }
  if (resource.appId !== request.appId) return foreign("app id");
  const { recording } = resource;
  if (recording?.sid !== request.sid) {
    return world.recordings.has(request.sid) ? foreign("sid") : refused(noWorker);
  }
  if (recording.mode !== request.mode) return refused(refusal(400, 2, "mode differs from the start"));
  if (world.scheduler.nowMs() - recording.startedAtMs >= resource.expiredHours * 3_600_000) {
    return refused(expiredControlAnswer === "expired" ? refusal(400, 433, "resource id has expired") : noWorker);
  }
  return { kind: "found", recording };
}

/** A call must carry the channel and uid of the acquire; after a migration a switch says which uid. */
export function refuseIds(
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

/** 200 with the ids of the recording. */
export function success(
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
  const { serverResponse, recorderStatus } = extra;
  return {
    status: 200,
    body: { ...echo, resourceId, sid, ...(serverResponse === undefined ? {} : { serverResponse }) },
    applied: true,
    sid,
    resourceId,
    ...(recorderStatus === undefined ? {} : { recorderStatus }),
  };
}
