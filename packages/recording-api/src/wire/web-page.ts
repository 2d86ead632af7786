import { z } from "zod";
import { checkPageSize, pageParamShape, rtmpUrlSchema } from "./extension-services.ts";

/** The fields of a page recording as people write them, with what is chosen when they say nothing. */
export const webPageShape = {
  ...pageParamShape,
  audioProfile: pageParamShape.audioProfile.default(1),
  videoWidth: pageParamShape.videoWidth.default(1280),
  videoHeight: pageParamShape.videoHeight.default(720),
  maxRecordingHour: pageParamShape.maxRecordingHour.default(2),
  rtmpUrl: rtmpUrlSchema.optional(),
} as const;

/** A page recording as people write it: the page recorder's `serviceParam`, and `rtmpUrl` if it is streamed too. @see R 3.10 */
export const webPageSchema = z.strictObject(webPageShape).superRefine(checkPageSize);

/** The `extensionServiceConfig` of a page recording. */
export function extensionServiceConfigOf({ rtmpUrl, ...serviceParam }: z.infer<typeof webPageSchema>): object {
  const recorder = { serviceName: "web_recorder_service", serviceParam };
  const stream = { serviceName: "rtmp_publish_service", serviceParam: { outputs: [{ rtmpUrl }] } };
  return { extensionServices: rtmpUrl === undefined ? [recorder] : [recorder, stream] };
}
