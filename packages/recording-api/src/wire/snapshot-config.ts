import { z } from "zod";
import { integerFrom, oneOf } from "./scalars.ts";

const jpgOnly = `["jpg"]`;
const fileTypeSchema = z
  .array(oneOf(["jpg"]), { error: jpgOnly })
  .length(1, { error: jpgOnly })
  .meta({ expects: jpgOnly })
  .describe('["jpg"]. Mode individual.');

const intervalDoc = "Seconds between two pictures of a user, 5 to 3600. Default 10. Mode individual.";

/** `snapshotConfig` as we send it; without `recordingFileConfig` beside it nothing but snapshots is made. @see R 3.9 */
export const snapshotConfigSchema = z.strictObject({
  captureInterval: integerFrom(5, 3_600).optional().describe(intervalDoc),
  fileType: fileTypeSchema,
});

/** The same as Agora reads it: its guide and release notes allow 1 second. */
export const snapshotConfigWireSchema = z.looseObject({
  captureInterval: integerFrom(1, 3_600).optional(),
  fileType: fileTypeSchema,
});

interface CheckedSnapshots {
  readonly snapshotConfig?: object | undefined;
  readonly recordingConfig?:
    | {
        readonly streamTypes?: number | undefined;
        readonly subscribeAudioUids?: readonly string[] | undefined;
        readonly subscribeVideoUids?: readonly string[] | undefined;
      }
    | undefined;
}

/** Snapshots need video: `streamTypes` 1 or 2, and a video list beside an audio list. @see R 3.9 */
export function checkSnapshots(request: CheckedSnapshots, context: z.RefinementCtx): void {
  if (request.snapshotConfig === undefined) return;
  const { streamTypes, subscribeAudioUids, subscribeVideoUids } = request.recordingConfig ?? {};
  const problem = (field: string, message: string): void => {
    context.addIssue({ code: "custom", path: ["recordingConfig", field], message });
  };
  if (streamTypes === 0) problem("streamTypes", "1 or 2, since snapshots are taken of video");
  if (subscribeAudioUids !== undefined && subscribeVideoUids === undefined) {
    problem("subscribeVideoUids", "a list, since subscribeAudioUids alone would leave no video for snapshots");
  }
}
