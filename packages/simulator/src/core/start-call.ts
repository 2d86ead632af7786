import { isDeepStrictEqual } from "node:util";
import { isOverWorkers, overWorkers } from "./acquire-call.ts";
import type { CallResult } from "./answer.ts";
import { refusal } from "./answer.ts";
import type { RecorderPlan } from "./recorders.ts";
import { startRecorder } from "./recorders.ts";
import { checkRecorderToken } from "./recorder-token.ts";
import type { StartBody } from "./request-bodies.ts";
import { parseStartBody } from "./request-bodies.ts";
import type { Recording, Resource, World } from "./world.ts";
import { certificateOfApp } from "./world.ts";

export interface StartRequest {
  readonly appId: string;
  readonly resourceId: string;
  readonly mode: "individual" | "mix";
  readonly json: unknown;
}

/** Starts the recording of a resource: the first time 200 and a sid, then 201/7. */
export function start(world: World, request: StartRequest): CallResult {
  const resource = world.resources.get(request.resourceId);
  if (resource === undefined) return refusal(400, 1001, "resource id can not be parsed");
  const { mode } = request;
  const parsed = parseStartBody(request.json, { mode, requireUidGroup: world.settings.switches.requireUidGroup });
  if (!parsed.ok) return refusal(400, 2, parsed.reason);
  return refuseStart(world, request, resource, parsed.body) ?? startNow(world, resource, mode, parsed.body);
}

function refuseStart(world: World, request: StartRequest, resource: Resource, body: StartBody): CallResult | undefined {
  const { switches, durations } = world.settings;
  if (resource.appId !== request.appId) return refusal(400, 1003, "app id does not belong to the resource id");
  if (body.cname !== resource.channelName || body.uid !== String(resource.uid)) {
    return refusal(400, switches.mismatchCode, "cname or uid does not match the resource id");
  }
  if (resource.recording !== undefined) return alreadyStarted(world, resource.recording);
  if (world.scheduler.nowMs() - resource.acquiredAtMs >= durations.resourceLifeMs) {
    return refusal(400, switches.expiredResourceCode, "resource id has expired");
  }
  const promised = resource.startParameter;
  if (
    switches.checkStartParameter &&
    promised !== undefined &&
    !isDeepStrictEqual(promised, rawClientRequest(request.json))
  ) {
    return refusal(400, 2, "clientRequest differs from startParameter of acquire");
  }
  if (hasConflict(world, resource)) return refusal(400, 53, "task conflict");
  if (switches.workersCheckedAt !== "acquire" && isOverWorkers(world, request.appId)) return overWorkers;
  return undefined;
}

function startNow(world: World, resource: Resource, mode: "individual" | "mix", body: StartBody): CallResult {
  const recording = startRecorder(world, resource, planOf(world, resource, mode, body));
  const { resourceId } = resource;
  const { sid } = recording;
  const echo = world.settings.switches.omitEchoedIds ? {} : { cname: body.cname, uid: body.uid };
  return { status: 200, body: { ...echo, resourceId, sid }, applied: true, resourceId, sid };
}

function planOf(world: World, resource: Resource, mode: "individual" | "mix", body: StartBody): RecorderPlan {
  const { token, bucket, channelType, maxIdleMs, withMp4, withSnapshots } = body;
  const { appId, channelName, uid } = resource;
  const appCertificate = certificateOfApp(world, appId);
  const nowMs = world.scheduler.nowMs();
  const verdict =
    appCertificate === undefined
      ? undefined
      : checkRecorderToken(token, { appId, appCertificate, channelName, uid, nowMs });
  const flaw =
    verdict?.kind === "invalid" ? "token" : world.settings.brokenBuckets.includes(bucket) ? "storage" : undefined;
  return {
    mode,
    order: {
      channelType,
      maxIdleMs,
      streamTypes: 2,
      streamMode: "default",
      fileTypes: withMp4 ? ["hls", "mp4"] : ["hls"],
      ...(withSnapshots ? { snapshotIntervalMs: 10_000 } : {}),
      correctExtinf: false,
      uidsMax: 17,
    },
    storage: { vendor: 1, region: 0, bucket, accessKey: "", secretKey: "", fileNamePrefix: [] },
    subscription: { audio: "everybody", video: "everybody" },
    onhold: false,
    rtmpUrl: undefined,
    ...(flaw === undefined ? {} : { flaw }),
    ...(verdict?.kind === "valid" ? { tokenEndsAtMs: verdict.endsAtMs } : {}),
  };
}

function alreadyStarted(world: World, recording: Recording): CallResult {
  const { sid } = recording;
  const named = world.settings.switches.alreadyStartedHasSid ? { sid } : {};
  return { status: 201, body: { code: 7, reason: "already started", ...named }, applied: false, sid };
}

/** A live task with the same App ID, channel and uid; one that migrated has another uid and is no conflict. */
function hasConflict(world: World, resource: Resource): boolean {
  for (const { phase, uid, resource: other } of world.open) {
    if (phase.name === "migrating") continue;
    if (other.appId === resource.appId && other.channelName === resource.channelName && uid === resource.uid)
      return true;
  }
  return false;
}

function rawClientRequest(json: unknown): unknown {
  return typeof json === "object" && json !== null && "clientRequest" in json ? json.clientRequest : undefined;
}
