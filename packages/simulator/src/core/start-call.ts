import { isDeepStrictEqual } from "node:util";
import type { CallResult } from "./answer.ts";
import { overWorkers, refusal } from "./answer.ts";
import type { Flaw } from "./flaw.ts";
import type { TokenJudgement } from "./judge-token.ts";
import { judgeToken } from "./judge-token.ts";
import type { RecorderPlan } from "./new-recording.ts";
import { startRecorder } from "./recorders.ts";
import { valueAt } from "./requests/json-value.ts";
import type { StartBody } from "./requests/start-body.ts";
import { parseStartBody } from "./requests/start-body.ts";
import { isOwnResourceId } from "./resource-id.ts";
import { isOverWorkers } from "./workers.ts";
import type { Recording, RecordingMode, Resource } from "./recording.ts";
import type { World } from "./world.ts";

export interface StartRequest {
  readonly appId: string;
  readonly resourceId: string;
  readonly mode: RecordingMode;
  readonly json: unknown;
}

/** Starts the recording of a resource: the first time 200 and a sid, then 201/7. @see R 3 */
export function start(world: World, request: StartRequest): CallResult {
  const resource = world.resources.get(request.resourceId);
  if (resource === undefined) return refuseUnknown(world, request.resourceId);
  const parsed = parseStartBody(request.json, request.mode, world.settings.switches);
  if (!parsed.ok) return refusal(400, world.settings.switches.badStartCode, parsed.reason);
  return refuseStart(world, request, resource, parsed.body) ?? startNow(world, resource, parsed.body);
}

/** An id of our own that was forgotten has expired long ago. */
function refuseUnknown(world: World, resourceId: string): CallResult {
  const { unknownResourceCode, expiredResourceCode } = world.settings.switches;
  return isOwnResourceId(world, resourceId)
    ? refusal(400, expiredResourceCode, "resource id has expired")
    : refusal(400, unknownResourceCode, "resource id can not be parsed");
}

function refuseStart(world: World, request: StartRequest, resource: Resource, body: StartBody): CallResult | undefined {
  const { switches, durations } = world.settings;
  if (resource.appId !== request.appId) {
    return refusal(400, switches.foreignResourceCode, "app id does not belong to the resource id");
  }
  if (body.cname !== resource.channelName || body.uid !== String(resource.uid)) {
    return refusal(400, switches.mismatchCode, "cname or uid does not match the resource id");
  }
  if (resource.recording !== undefined) return alreadyStarted(world, resource.recording);
  if (world.scheduler.nowMs() - resource.acquiredAtMs >= durations.resourceLifeMs) {
    return refusal(400, switches.expiredResourceCode, "resource id has expired");
  }
  if (switches.sceneCheck === "refused" && (resource.scene === 1) !== (request.mode === "web")) {
    return refusal(400, 2, "mode does not fit the scene of acquire");
  }
  if (switches.checkStartParameter && !keepsPromise(resource, request.json)) {
    return refusal(400, switches.startParameterCode, "clientRequest differs from startParameter of acquire");
  }
  if (hasConflict(resource, world)) return refusal(400, 53, "task conflict");
  if (switches.workersCheckedAt !== "acquire" && isOverWorkers(world, request.appId, resource)) return overWorkers;
  return undefined;
}

function startNow(world: World, resource: Resource, body: StartBody): CallResult {
  const recording = startRecorder(world, resource, planOf(world, resource, body));
  const { resourceId } = resource;
  const { sid } = recording;
  const echo = world.settings.switches.omitEchoedIds ? {} : { cname: body.cname, uid: body.uid };
  return { status: 200, body: { ...echo, resourceId, sid }, applied: true, resourceId, sid };
}

function planOf(world: World, resource: Resource, body: StartBody): RecorderPlan {
  // A page needs no token. @see R 3.3
  const judged: TokenJudgement =
    body.plan.mode === "web" ? { kind: "needless" } : judgeToken(world, resource, body.token);
  const flaw = flawOf(world, body, judged);
  return {
    ...body.plan,
    ...(flaw === undefined ? {} : { flaw }),
    ...(judged.kind === "good" ? { token: judged.token } : {}),
  };
}

function flawOf(world: World, body: StartBody, judged: TokenJudgement): Flaw | undefined {
  if (judged.kind === "bad") return judged.flaw;
  if (body.flaw !== undefined) return body.flaw;
  return world.settings.brokenBuckets.includes(body.plan.storage.bucket) ? "storage" : undefined;
}

function alreadyStarted(world: World, recording: Recording): CallResult {
  const { sid } = recording;
  world.tell({ kind: "misfit", atMs: world.scheduler.nowMs(), recording, call: "start" });
  const named = world.settings.switches.alreadyStartedHasSid ? { sid } : {};
  return { status: 201, body: { code: 7, reason: "already started", ...named }, applied: false, sid };
}

/** Whether start says what acquire was promised. @see R 2.1 */
function keepsPromise({ startParameter }: Resource, json: unknown): boolean {
  return startParameter === undefined || isDeepStrictEqual(startParameter, valueAt(json, ["clientRequest"]));
}

/** A live task with the same App ID, channel and uid; one that migrated has another uid and is no conflict. */
function hasConflict(resource: Resource, world: World): boolean {
  const channel = world.channels.get(`${resource.appId}/${resource.channelName}`);
  for (const { phase, uid } of channel?.tasks ?? []) {
    if (phase.name !== "migrating" && uid === resource.uid) return true;
  }
  return false;
}
