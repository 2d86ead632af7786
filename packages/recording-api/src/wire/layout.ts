import { z } from "zod";
import { numberFrom, oneOf, textOf, uidTextSchema, webUrlSchema } from "./scalars.ts";

const windowShape = {
  uid: uidTextSchema
    .optional()
    .describe("Who is shown here, in quotes; without it windows are filled in the order of joining."),
  x_axis: numberFrom(0, 1).describe("Left edge, share of the canvas from 0 to 1."),
  y_axis: numberFrom(0, 1).describe("Upper edge, share of the canvas from 0 to 1."),
  width: numberFrom(0, 1).describe("Share of the canvas' width; x_axis + width is at most 1."),
  height: numberFrom(0, 1).describe("Share of the canvas' height; y_axis + height is at most 1."),
  alpha: numberFrom(0, 1).optional().describe("0 transparent to 1 opaque. Default 1."),
  render_mode: oneOf([0, 1]).optional().describe("0 cropped, 1 fitted. Default 0."),
};

const backgroundShape = {
  uid: uidTextSchema.describe("Whose picture, in quotes."),
  image_url: webUrlSchema.describe("JPG or BMP of at most 6 MB; shown once it is downloaded."),
  render_mode: oneOf([0, 1]).optional().describe("0 cropped, 1 fitted. Default 0."),
};

const windowsExpectation = "1 to 17 windows";
const backgroundsExpectation = "a list of backgrounds";
const colourExpectation = "# and 6 hex digits";

const layoutShape = {
  mixedVideoLayout: oneOf([0, 1, 2, 3])
    .optional()
    .describe("0 floating, 1 best fit, 2 vertical, 3 custom (with layoutConfig). Default 0. Mode mix."),
  maxResolutionUid: uidTextSchema
    .optional()
    .describe("Who is shown large on the left, in quotes. With mixedVideoLayout 2 only. Mode mix."),
  backgroundColor: textOf(colourExpectation)
    .regex(/^#[0-9a-fA-F]{6}$/, { error: colourExpectation })
    .optional()
    .describe('"#" and 6 hex digits. Default "#000000". Mode mix.'),
  backgroundImage: webUrlSchema.optional().describe("Picture of the canvas, cropped. Mode mix."),
  defaultUserBackgroundImage: webUrlSchema
    .optional()
    .describe("Shown for a user who has sent no video for 3.5 s. Mode mix."),
};

const backgroundConfigDoc = "Pictures for single users while they send no video. Mode mix.";
const layoutConfigDoc = "1 to 17 windows. With mixedVideoLayout 3 only. Mode mix.";

/** Fields of a layout as we send it, in start and in updateLayout. @see R 3.7, R 5.2 */
export const layoutFields = {
  ...layoutShape,
  layoutConfig: z
    .array(z.strictObject(windowShape), { error: windowsExpectation })
    .min(1, { error: windowsExpectation })
    .max(17, { error: windowsExpectation })
    .optional()
    .describe(layoutConfigDoc),
  backgroundConfig: z
    .array(z.strictObject(backgroundShape), { error: backgroundsExpectation })
    .optional()
    .describe(backgroundConfigDoc),
};

/** The same as Agora reads it: unknown keys pass. */
export const layoutWireFields = {
  ...layoutShape,
  layoutConfig: z
    .array(z.looseObject(windowShape), { error: windowsExpectation })
    .max(17, { error: windowsExpectation })
    .optional(),
  backgroundConfig: z.array(z.looseObject(backgroundShape), { error: backgroundsExpectation }).optional(),
};

interface Layout {
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

/** What belongs to which layout, and windows inside the canvas. @see R 3.7 */
export function checkLayout(canvas: Layout, context: z.RefinementCtx): void {
  const layout = canvas.mixedVideoLayout ?? 0;
  if (canvas.maxResolutionUid !== undefined && layout !== 2) {
    context.addIssue({ code: "custom", path: ["maxResolutionUid"], message: "mixedVideoLayout 2 beside it" });
  }
  if (canvas.layoutConfig !== undefined && layout !== 3) {
    context.addIssue({ code: "custom", path: ["layoutConfig"], message: "mixedVideoLayout 3 beside it" });
  }
  if (canvas.layoutConfig === undefined && layout === 3) {
    context.addIssue({ code: "custom", path: ["layoutConfig"], message: "the windows of mixedVideoLayout 3" });
  }
  for (const [index, window] of (canvas.layoutConfig ?? []).entries()) {
    // Shares have six decimals: 0.7 + 0.3 may come out a hair above 1.
    if (window.x_axis + window.width <= 1.000_000_5 && window.y_axis + window.height <= 1.000_000_5) continue;
    context.addIssue({ code: "custom", path: ["layoutConfig", index], message: "a window inside the canvas" });
  }
}
