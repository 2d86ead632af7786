import { z } from "zod";
import { oneOf } from "./scalars.ts";

const hlsOnly = `["hls"]: mode individual writes nothing else`;
const hlsAndMp4 = `["hls"] or ["hls", "mp4"]`;

const individualFilesSchema = z
  .array(oneOf(["hls"]), { error: hlsOnly })
  .length(1, { error: hlsOnly })
  .meta({ expects: hlsOnly })
  .describe('What is written: ["hls"]. Default ["hls"]. Mode individual.');

const mergedFilesSchema = z
  .array(oneOf(["hls", "mp4"]), { error: hlsAndMp4 })
  .refine((types) => types.includes("hls") && new Set(types).size === types.length, { error: hlsAndMp4 })
  .meta({ expects: hlsAndMp4 })
  .describe('What is written: ["hls"], or ["hls", "mp4"] for MP4 files too. Default ["hls"]. Modes mix, web.');

/** `recordingFileConfig` by mode as we send it; absent beside `snapshotConfig` it means snapshots alone. @see R 3.8, R 3.9 */
export const recordingFileConfigSchemas = {
  individual: z.strictObject({ avFileType: individualFilesSchema }),
  mix: z.strictObject({ avFileType: mergedFilesSchema }),
  web: z.strictObject({ avFileType: mergedFilesSchema }),
} as const;

/** The same as Agora reads it: unknown keys pass. */
export const recordingFileConfigWireSchemas = {
  individual: z.looseObject({ avFileType: individualFilesSchema.optional() }),
  mix: z.looseObject({ avFileType: mergedFilesSchema.optional() }),
  web: z.looseObject({ avFileType: mergedFilesSchema.optional() }),
} as const;
