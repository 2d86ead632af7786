import { recordedMs } from "./recorded-media.ts";
import type { Recording, UploadResult } from "./recording.ts";
import type { World } from "./world.ts";

/**
 * What follows when a recorder has left in order: its files are uploaded, then the session is over. With nothing
 * recorded there is nothing to upload. Without media port and observers the time of the upload matters to nobody but a
 * synchronous stop, which knows it beforehand: no timer then.
 */
export function beginUpload(world: World, recording: Recording, exitStatus: 0 | 1): void {
  const atMs = world.scheduler.nowMs();
  if (recordedMs(world, recording) === 0) {
    world.tell({ kind: "exited", atMs, recording, exitStatus });
    return;
  }
  if (world.media === undefined && world.observers.length === 0) return;
  recording.upload = { result: undefined, waiting: [] };
  world.tell({ kind: "uploading", atMs, recording });
  const end = (result: UploadResult): void => {
    endUpload(world, recording, { result, exitStatus });
  };
  if (world.media === undefined) {
    world.scheduler.at(atMs + world.settings.durations.syncStopUploadMs, () => {
      end(recording.uploadResult);
    });
    return;
  }
  world.media.finish(recording).then(end, () => {
    end("failed");
  });
}

/** Calls back once, when the upload has ended: at once when it has. */
export function whenUploaded(recording: Recording, callBack: (result: UploadResult) => void): void {
  const { upload } = recording;
  if (upload === undefined) callBack(recording.uploadResult);
  else if (upload.result !== undefined) callBack(upload.result);
  else {
    upload.waiting.push(() => {
      callBack(upload.result ?? "failed");
    });
  }
}

/** Says in which way the files of this recording will reach its bucket, unless a media port decides. */
export function setUploadResult(recording: Recording, result: UploadResult): void {
  recording.uploadResult = result;
}

function endUpload(
  world: World,
  recording: Recording,
  { result, exitStatus }: { readonly result: UploadResult; readonly exitStatus: 0 | 1 },
): void {
  const atMs = world.scheduler.nowMs();
  if (recording.upload !== undefined) recording.upload.result = result;
  if (result === "failed") {
    world.tell({
      kind: "trouble",
      atMs,
      recording,
      module: 1,
      errorLevel: 4,
      errorCode: 47,
      errorMsg: "upload failed",
    });
  }
  world.tell({ kind: "uploadEnded", atMs, recording, result });
  world.tell({ kind: "exited", atMs, recording, exitStatus: result === "failed" ? 1 : exitStatus });
  for (const callBack of recording.upload?.waiting.splice(0) ?? []) callBack();
}
