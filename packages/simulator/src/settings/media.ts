import { z } from "zod";

const ms = z.number().int().positive();

/** What real files the simulator writes; without it none. */
export const mediaSettingsSchema = z
  .strictObject({
    folder: z.string().min(1).optional().describe("Files are written to <folder>/<bucket>/<fileNamePrefix>/<name>."),
    s3: z
      .strictObject({
        endpoint: z
          .url({ protocol: /^https?$/ })
          .optional()
          .describe(
            "Takes the files of vendors 1 and 11, with the keys of each start, buckets in the path. Without it only files of vendor 11 are uploaded, to the endpoint of their start.",
          ),
        region: z.string().min(1).default("us-east-1").describe("Named in the signatures."),
      })
      .optional()
      .describe("When given, files are uploaded too."),
    sliceMs: ms.optional().describe("Length of a slice; as durations.firstSliceMs unless given."),
    mp4MsMax: ms.default(7_200_000).describe("Length of an MP4 file in mode mix; web starts name their own."),
    backupDelayMs: ms
      .default(5_000)
      .describe("So long after a recording that ended `backuped` its files reach the bucket."),
  })
  .refine(({ folder, s3 }) => folder !== undefined || s3 !== undefined, {
    error: "expected folder or s3: without either there is no place for files",
  });

/** @see mediaSettingsSchema */
export type MediaSettings = z.infer<typeof mediaSettingsSchema>;

/** The same with files in that folder, whatever the settings said. */
export function withMediaFolder(media: MediaSettings | undefined, folder: string): MediaSettings {
  return mediaSettingsSchema.parse({ ...media, folder });
}
