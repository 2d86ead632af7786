import { z } from "zod";
import { integerFrom, numberFrom, oneOf, textOf, uidTextSchema, webUrlSchema } from "./scalars.ts";

const layoutRegionShape = {
  uid: uidTextSchema.optional(),
  x_axis: numberFrom(0, 1),
  y_axis: numberFrom(0, 1),
  width: numberFrom(0, 1),
  height: numberFrom(0, 1),
  alpha: numberFrom(0, 1).optional(),
  render_mode: oneOf([0, 1]).optional(),
};

const backgroundShape = { uid: uidTextSchema, image_url: webUrlSchema, render_mode: oneOf([0, 1]).optional() };

const listExpectation = "1 to 17 windows";
const backgroundExpectation = "a list of backgrounds";

const canvasShape = {
  width: integerFrom(1, 1920).optional(),
  height: integerFrom(1, 1920).optional(),
  bitrate: integerFrom(1, 6500).optional(),
  mixedVideoLayout: oneOf([0, 1, 2, 3]).optional(),
  maxResolutionUid: uidTextSchema.optional(),
  backgroundColor: textOf("# and 6 hex digits")
    .regex(/^#[0-9a-fA-F]{6}$/, { error: "# and 6 hex digits" })
    .optional(),
  backgroundImage: webUrlSchema.optional(),
  defaultUserBackgroundImage: webUrlSchema.optional(),
};

/** The mixed picture as we send it: unknown keys and frame rates that Agora would silently replace are errors. @see R 3.7 */
export const transcodingConfigSchema = z
  .strictObject({
    ...canvasShape,
    fps: oneOf([1, 7, 10, 15, 24, 30, 60]).optional(),
    layoutConfig: z
      .array(z.strictObject(layoutRegionShape), { error: listExpectation })
      .min(1, { error: listExpectation })
      .max(17, { error: listExpectation })
      .optional(),
    backgroundConfig: z.array(z.strictObject(backgroundShape), { error: backgroundExpectation }).optional(),
  })
  .superRefine(checkCanvas);

/** The mixed picture as Agora reads it: unknown keys pass, an unusual frame rate falls back to 15. */
export const transcodingConfigWireSchema = z
  .looseObject({
    ...canvasShape,
    fps: integerFrom(1, 1_000).optional(),
    layoutConfig: z.array(z.looseObject(layoutRegionShape), { error: listExpectation }).max(17).optional(),
    backgroundConfig: z.array(z.looseObject(backgroundShape), { error: backgroundExpectation }).optional(),
  })
  .superRefine(checkCanvas);

interface Canvas {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly mixedVideoLayout?: number | undefined;
  readonly maxResolutionUid?: string | undefined;
  readonly layoutConfig?:
    | readonly {
        readonly x_axis: number;
        readonly y_axis: number;
        readonly width: number;
        readonly height: number;
      }[]
    | undefined;
}

function checkCanvas(canvas: Canvas, context: z.RefinementCtx): void {
  const layout = canvas.mixedVideoLayout ?? 0;
  if ((canvas.width ?? 360) * (canvas.height ?? 640) > 1920 * 1080) {
    context.addIssue({ code: "custom", path: ["width"], message: "width × height of at most 1920 × 1080" });
  }
  if (canvas.maxResolutionUid !== undefined && layout !== 2) {
    context.addIssue({ code: "custom", path: ["maxResolutionUid"], message: "mixedVideoLayout 2 beside it" });
  }
  if (canvas.layoutConfig !== undefined && layout !== 3) {
    context.addIssue({ code: "custom", path: ["layoutConfig"], message: "mixedVideoLayout 3 beside it" });
  }
  if (canvas.layoutConfig === undefined && layout === 3) {
    context.addIssue({ code: "custom", path: ["layoutConfig"], message: "the windows of mixedVideoLayout 3" });
  }
  for (const [index, region] of (canvas.layoutConfig ?? []).entries()) {
    if (region.x_axis + region.width <= 1 && region.y_axis + region.height <= 1) continue;
    context.addIssue({ code: "custom", path: ["layoutConfig", index], message: "a window inside the canvas" });
  }
}
