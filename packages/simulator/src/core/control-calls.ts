import { waitUntil } from "../time/scheduler.ts";
import type { CallResult } from "./answer.ts";
import { noWorker, refusal } from "./answer.ts";
import type { ControlRequest } from "./find-recording.ts";
import { findRecording, refuseIds, success } from "./find-recording.ts";
import { recordedMs } from "./recorded-media.ts";
import { recorderStatus } from "./recorder-status.ts";
import { endRecorder } from "./recorders.ts";
import { fileFields } from "./recorded-files.ts";
import type { Recording, UploadResult } from "./recording.ts";
import { parseStopBody } from "./requests/control-bodies.ts";
import { whenUploaded } from "./uploads.ts";
import { webQueryFields, webStopFields } from "./web-state.ts";
import type { World } from "./world.ts";

/** Status and files of a recording that a worker serves now, else 404. @see R 4 */
export function query(world: World, request: ControlRequest): CallResult {
  const found = findRecording(world, request);
  if (found.kind === "refused") return found.answer;
  const { recording } = found;
  const status = recorderStatus(world, recording);
  if (status === "notFound") return noWorker;
  const uid = world.settings.switches.queryShowsNewUid ? recording.uid : recording.resource.uid;
  const fields =
    recording.mode === "web" ? webQueryFields(world, recording, status) : fileFields(world, recording, status);
  return success(world, recording, { uid, serverResponse: { status, ...fields }, recorderStatus: status });
}

/** Ends the recording: the recorder leaves at once; only a synchronous stop waits for the files. @see R 6 */
export function stop(world: World, request: ControlRequest): CallResult {
  const parsed = parseStopBody(request.json);
  if (!parsed.ok) return refusal(400, 2, parsed.reason);
  const found = findRecording(world, request);
  if (found.kind === "refused") return found.answer;
  const { recording } = found;
  const mismatch = refuseIds(world, recording, parsed.body);
  if (mismatch !== undefined) return mismatch;
  const { name } = recording.phase;
  if (name === "gone" || recorderStatus(world, recording) === "notFound") return noWorker;
  if (name === "ending") {
    world.tell({ kind: "misfit", atMs: world.scheduler.nowMs(), recording, call: "stop" });
    return refusal(400, 49, "invalid operation");
  }

  const hasMedia = recordedMs(world, recording) > 0;
  endRecorder(world, recording, "stop");
  const { sid } = recording;
  if (!hasMedia) return { ...refusal(206, 435, "no recorded data"), applied: true, sid };
  if (parsed.body.async) return stoppedAsync(world, recording);
  return world.media === undefined ? stoppedOnTime(world, recording) : stoppedWithFiles(world, recording);
}

function stoppedAsync(world: World, recording: Recording): CallResult {
  const { asyncStopResponse, unknownSpelling } = world.settings.switches;
  const response = asyncStopResponse === "absent" ? {} : { serverResponse: { uploadingStatus: unknownSpelling } };
  return success(world, recording, { uid: recording.resource.uid, ...response });
}

/** The core's own upload takes a known time. */
function stoppedOnTime(world: World, recording: Recording): CallResult {
  const { syncStopUploadMs, syncStopLimitMs } = world.settings.durations;
  return syncStopUploadMs > syncStopLimitMs
    ? { ...stoppedLate(world, recording), answerDelayMs: syncStopLimitMs }
    : { ...stoppedDone(world, recording, recording.uploadResult), answerDelayMs: syncStopUploadMs };
}

/** Files that are really written take their own time, but the caller waits no longer than Agora lets it. */
function stoppedWithFiles(world: World, recording: Recording): CallResult {
  const untilMs = world.scheduler.nowMs() + world.settings.durations.syncStopLimitMs;
  const done = new Promise<CallResult>((resolve) => {
    whenUploaded(recording, (result) => {
      resolve(stoppedDone(world, recording, result));
    });
  });
  const late = waitUntil(world.scheduler, untilMs).then(() => stoppedLate(world, recording));
  return { ...stoppedLate(world, recording), pending: Promise.race([done, late]) };
}

function stoppedLate(world: World, { sid }: Recording): CallResult {
  const late = refusal(206, world.settings.switches.syncStopLimitCode, "request not completed");
  return { ...late, applied: true, sid };
}

function stoppedDone(world: World, recording: Recording, result: UploadResult): CallResult {
  const uploadingStatus = result === "failed" ? world.settings.switches.unknownSpelling : result;
  const serverResponse =
    recording.mode === "web"
      ? webStopFields(world, recording, uploadingStatus)
      : { ...stopFiles(world, recording), uploadingStatus };
  return success(world, recording, { uid: recording.resource.uid, serverResponse });
}

/** Unlike a query, a stop says nothing of the first slice beside the list. @see R 6.1 */
function stopFiles(world: World, recording: Recording): Readonly<Record<string, unknown>> {
  const { fileListMode, fileList } = fileFields(world, recording, 5);
  return fileListMode === undefined ? {} : { fileListMode, fileList };
}
