import { webFileList } from "./recorded-files.ts";
import type { Recording } from "./recording.ts";
import type { World } from "./world.ts";
import { rtmpStatus } from "./web-page.ts";

/** `serverResponse` of a web query, beside the status. @see R 4.3 */
export function webQueryFields(world: World, recording: Recording, status: number): Readonly<Record<string, unknown>> {
  const state = status >= 6 ? "exit" : status >= 4 && recording.pageReady ? "inProgress" : "init";
  const page = { state, onhold: recording.onhold, fileList: webFileList(world, recording) };
  const { rtmpUrl } = recording;
  const push =
    rtmpUrl === undefined
      ? []
      : [
          {
            serviceName: "rtmp_publish_service",
            payload: { state, outputs: [{ rtmpUrl, status: rtmpStatus(world, recording) }] },
          },
        ];
  return { extensionServiceState: [{ serviceName: "web_recorder_service", payload: page }, ...push] };
}

/** `serverResponse` of a web stop. @see R 6.1 */
export function webStopFields(
  world: World,
  recording: Recording,
  uploadingStatus: string,
): Readonly<Record<string, unknown>> {
  const key = world.settings.switches.webPayloadKey;
  const page = { state: "exit", onhold: recording.onhold, fileList: webFileList(world, recording) };
  return {
    extensionServiceState: [
      { serviceName: "upload_service", [key]: { uploadingStatus } },
      { serviceName: "web_recorder_service", [key]: page },
    ],
  };
}
