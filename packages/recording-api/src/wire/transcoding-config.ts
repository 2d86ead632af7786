import { z } from "zod";
import { checkLayout, layoutFields, layoutWireFields } from "./layout.ts";
import { integerFrom, oneOf } from "./scalars.ts";

const pixelsMax = 1920 * 1080;

const sizeFields = {
  width: integerFrom(1, 1920)
    .optional()
    .describe("Pixels; width × height is at most 1920 × 1080. Default 360. Mode mix."),
  height: integerFrom(1, 1920)
    .optional()
    .describe("Pixels; width × height is at most 1920 × 1080. Default 640. Mode mix."),
  bitrate: integerFrom(1, 6500).optional().describe("Video, kbit/s, at most 6500. Default 500. Mode mix."),
};

/** The mixed picture as we send it: unknown keys and frame rates that Agora would silently replace are errors. @see R 3.7 */
export const transcodingConfigSchema = z
  .strictObject({
    ...sizeFields,
    fps: oneOf([1, 7, 10, 15, 24, 30, 60])
      .optional()
      .describe("Frames per second: 1, 7, 10, 15, 24, 30 or 60. Default 15. Mode mix."),
    ...layoutFields,
  })
  .superRefine(checkCanvas);

/** The mixed picture as Agora reads it: unknown keys pass, an unusual frame rate falls back to 15. */
export const transcodingConfigWireSchema = z
  .looseObject({ ...sizeFields, fps: integerFrom(1, 1_000).optional(), ...layoutWireFields })
  .superRefine(checkCanvas);

type Canvas = Parameters<typeof checkLayout>[0] & {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
};

/** Size of the canvas and what belongs to its layout. @see R 3.7 */
function checkCanvas(canvas: Canvas, context: z.RefinementCtx): void {
  if ((canvas.width ?? 360) * (canvas.height ?? 640) > pixelsMax) {
    context.addIssue({ code: "custom", path: ["width"], message: "width × height of at most 1920 × 1080" });
  }
  checkLayout(canvas, context);
}
