import type { CallResult } from "./answer.ts";
import { noRoute, noWorker, refusal } from "./answer.ts";
import type { ControlRequest } from "./find-recording.ts";
import { findRecording, refuseIds, success } from "./find-recording.ts";
import { settleMedia } from "./recorded-media.ts";
import { parseUpdateBody, parseUpdateLayoutBody } from "./requests/control-bodies.ts";
import type { UpdateBody } from "./requests/control-bodies.ts";
import type { UidLists } from "./requests/subscription.ts";
import { subscriptionOf } from "./requests/subscription.ts";
import { setOnhold, setRtmpUrl } from "./web-page.ts";
import type { Recording, Subscription } from "./recording.ts";
import type { World } from "./world.ts";

/** Changes subscription, storage key, pause or push of a live recording. @see R 5.1 */
export function update(world: World, request: ControlRequest): CallResult {
  const parsed = parseUpdateBody(request.json, request.mode, world.settings.switches);
  if (!parsed.ok) return refusal(400, 2, parsed.reason);
  const found = findLive(world, request, parsed.body);
  if (found.kind === "refused") return found.answer;
  const { recording } = found;
  const wrongList = listAgainstStreamTypes(recording, parsed.body.lists);
  if (wrongList !== undefined) return refusal(400, 2, `Update: invalid streamSubscribe.${wrongList} value!`);
  applyUpdate(world, recording, parsed.body);
  return updated(world, recording);
}

/** Takes a whole new layout, in mode mix only; nothing of it can be seen in a query. @see R 5.2 */
export function updateLayout(world: World, request: ControlRequest): CallResult {
  const { layoutOutsideMix, badLayoutCode } = world.settings.switches;
  if (request.mode !== "mix") {
    return layoutOutsideMix === "noRoute" ? noRoute : refusal(400, badLayoutCode, "updateLayout needs mode mix");
  }
  const parsed = parseUpdateLayoutBody(request.json, world.settings.switches);
  if (!parsed.ok) return refusal(400, badLayoutCode, parsed.reason);
  const found = findLive(world, request, parsed.body);
  if (found.kind === "refused") return found.answer;
  world.tell({ kind: "updated", atMs: world.scheduler.nowMs(), recording: found.recording, what: "layout" });
  return updated(world, found.recording);
}

function updated(world: World, recording: Recording): CallResult {
  const result = success(world, recording, { uid: recording.resource.uid });
  if (!world.settings.switches.updateServerResponse) return result;
  return { ...result, body: { ...result.body, serverResponse: {} } };
}

function findLive(
  world: World,
  request: ControlRequest,
  ids: { readonly cname: string; readonly uid: string },
): ReturnType<typeof findRecording> {
  const found = findRecording(world, request);
  if (found.kind === "refused") return found;
  const mismatch = refuseIds(world, found.recording, ids);
  if (mismatch !== undefined) return { kind: "refused", answer: mismatch };
  return found.recording.phase.name === "live" ? found : { kind: "refused", answer: noWorker };
}

function applyUpdate(world: World, recording: Recording, body: UpdateBody): void {
  const { lists, storage, onhold, rtmpUrl } = body;
  const atMs = world.scheduler.nowMs();
  if (lists !== undefined) {
    recording.subscription = updatedSubscription(world, recording.subscription, lists);
    settleMedia(world, recording);
    world.tell({ kind: "updated", atMs, recording, what: "subscription" });
  }
  if (storage !== undefined) {
    recording.storage = storage;
    world.tell({ kind: "updated", atMs, recording, what: "storage" });
  }
  if (onhold !== undefined) setOnhold(world, recording, onhold);
  if (rtmpUrl !== undefined) setRtmpUrl(world, recording, rtmpUrl);
}

/** New lists replace the old ones. @see R 5.1 */
function updatedSubscription(world: World, before: Subscription, lists: UidLists): Subscription {
  const after = subscriptionOf(lists);
  if (world.settings.switches.updateOtherMedium === "dropped") return after;
  const hasAudio = lists.subscribeAudioUids !== undefined || lists.unSubscribeAudioUids !== undefined;
  const hasVideo = lists.subscribeVideoUids !== undefined || lists.unSubscribeVideoUids !== undefined;
  return { audio: hasAudio ? after.audio : before.audio, video: hasVideo ? after.video : before.video };
}

/** The list of a medium that streamTypes leaves out. @see R 3.6 */
function listAgainstStreamTypes({ order }: Recording, lists: UidLists | undefined): string | undefined {
  const audio = lists?.subscribeAudioUids ?? lists?.unSubscribeAudioUids;
  const video = lists?.subscribeVideoUids ?? lists?.unSubscribeVideoUids;
  if (order.streamTypes === 1 && audio !== undefined) return "audioUidList";
  return order.streamTypes === 0 && video !== undefined ? "videoUidList" : undefined;
}
