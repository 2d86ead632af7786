import { z } from "zod";
import { flag, integerFrom, oneOf, webUrlSchema } from "./scalars.ts";

const pixelsMax = 1920 * 1080;
const rtmpExpectation = "an rtmp or rtmps URL";
const outputsExpectation = "a list of exactly one output";

/** Where a page is also streamed to. @see R 3.10 */
export const rtmpUrlSchema = z
  .url({ protocol: /^rtmps?$/, error: rtmpExpectation })
  .meta({ expects: rtmpExpectation })
  .describe("RTMP or RTMPS address with its stream key. Mode web.");

/** Fields of the page recorder's `serviceParam`. @see R 3.10 */
export const pageParamShape = {
  url: webUrlSchema.describe("The page: fits one screen, needs no login and no redirect, plays by itself. Mode web."),
  audioProfile: oneOf([0, 1, 2]).describe(
    "Sound, 48 kHz: 0 mono about 48 kbit/s, 1 mono about 128, 2 stereo about 192. Mode web.",
  ),
  videoWidth: integerFrom(240, 1920).describe("Pixels, 240 to 1920; width × height is at most 1920 × 1080. Mode web."),
  videoHeight: integerFrom(240, 1920).describe("Pixels, 240 to 1920; width × height is at most 1920 × 1080. Mode web."),
  maxRecordingHour: integerFrom(1, 720).describe(
    "Hours after which the recording ends by itself, 1 to 720; at most resourceExpiredHour. Mode web.",
  ),
  videoBitrate: integerFrom(50, 8_000)
    .optional()
    .describe("Video, kbit/s, 50 to 8000. Default 2000 from 1280 × 720 on, else 1500. Mode web."),
  videoFps: integerFrom(5, 60).optional().describe("Frames per second, 5 to 60. Default 15. Mode web."),
  mobile: flag().optional().describe("Whether the page is opened as a phone would. Default false. Mode web."),
  maxVideoDuration: integerFrom(30, 240)
    .optional()
    .describe("Length of one MP4 file in minutes, 30 to 240. Default 120. Mode web."),
  onhold: flag()
    .optional()
    .describe("true opens the page and writes nothing until an update. Default false. Mode web."),
  readyTimeout: integerFrom(0, 60)
    .optional()
    .describe(
      "Seconds to wait for the page's window.navigator.notifyReady(), 0 to 60; 0 does not wait. Default 0. Mode web.",
    ),
};

const outputsShape = { rtmpUrl: rtmpUrlSchema };

const pageServiceShape = {
  serviceName: z.literal("web_recorder_service").describe("Records the page. Mode web."),
  errorHandlePolicy: oneOf(["error_abort"]).optional().describe('Only "error_abort", the default. Mode web.'),
};
const streamServiceShape = {
  serviceName: z.literal("rtmp_publish_service").describe("Streams the page to a CDN. Mode web."),
  errorHandlePolicy: oneOf(["error_ignore"]).optional().describe('Only "error_ignore", the default. Mode web.'),
};

/** `outputs` as we send them: exactly one address. @see R 3.10, R 5.1 */
export const outputsSchema = z
  .array(z.strictObject(outputsShape), { error: outputsExpectation })
  .length(1, { error: outputsExpectation })
  .meta({ expects: outputsExpectation })
  .describe("Where the page is streamed to: exactly one address. Mode web.");

/** The same as Agora reads it: unknown keys pass. */
export const outputsWireSchema = z
  .array(z.looseObject(outputsShape), { error: outputsExpectation })
  .length(1, { error: outputsExpectation });

const servicesExpectation = "web_recorder_service once, and rtmp_publish_service at most once";
const serviceNameExpectation = { error: `a serviceName of "web_recorder_service" or "rtmp_publish_service"` };

const envelopeShape = {
  errorHandlePolicy: oneOf(["error_abort"]).optional().describe('Only "error_abort", the default. Mode web.'),
};

/** `extensionServiceConfig` as we send it: unknown keys are errors. @see R 3.10 */
export const extensionServiceConfigSchema = z.strictObject({
  ...envelopeShape,
  extensionServices: z
    .array(
      z.discriminatedUnion(
        "serviceName",
        [
          z.strictObject({
            ...pageServiceShape,
            serviceParam: z
              .strictObject(pageParamShape)
              .superRefine(checkPageSize)
              .describe("How the page is recorded. Mode web."),
          }),
          z.strictObject({
            ...streamServiceShape,
            serviceParam: z.strictObject({ outputs: outputsSchema }).describe("Where it is streamed to. Mode web."),
          }),
        ],
        serviceNameExpectation,
      ),
      { error: servicesExpectation },
    )
    .refine(hasOnePage, { error: servicesExpectation })
    .describe("web_recorder_service, and rtmp_publish_service if the page is streamed too. Mode web."),
});

/** The same as Agora reads it: unknown keys pass. */
export const extensionServiceConfigWireSchema = z.looseObject({
  ...envelopeShape,
  extensionServices: z
    .array(
      z.discriminatedUnion(
        "serviceName",
        [
          z.looseObject({
            ...pageServiceShape,
            serviceParam: z.looseObject(pageParamShape).superRefine(checkPageSize),
          }),
          z.looseObject({ ...streamServiceShape, serviceParam: z.looseObject({ outputs: outputsWireSchema }) }),
        ],
        serviceNameExpectation,
      ),
      { error: servicesExpectation },
    )
    .refine(hasOnePage, { error: servicesExpectation }),
});

/** At most 1920 × 1080 pixels. @see R 3.10 */
export function checkPageSize(
  page: { readonly videoWidth?: number | undefined; readonly videoHeight?: number | undefined },
  context: z.RefinementCtx,
): void {
  if ((page.videoWidth ?? 0) * (page.videoHeight ?? 0) <= pixelsMax) return;
  context.addIssue({
    code: "custom",
    path: ["videoWidth"],
    message: "videoWidth × videoHeight of at most 1920 × 1080",
  });
}

function hasOnePage(services: readonly { readonly serviceName: string }[]): boolean {
  const countOf = (name: string): number => services.filter(({ serviceName }) => serviceName === name).length;
  return countOf("web_recorder_service") === 1 && countOf("rtmp_publish_service") <= 1;
}
