import { z } from "zod";
import { extensionServiceConfigSchema, extensionServiceConfigWireSchema } from "./extension-services.ts";
import { recordingFileConfigSchemas, recordingFileConfigWireSchemas } from "./file-config.ts";
import {
  individualRecordingConfigSchema,
  individualRecordingConfigWireSchema,
  mixRecordingConfigSchema,
  mixRecordingConfigWireSchema,
} from "./recording-config.ts";
import type { RecordingMode } from "./recording-mode.ts";
import { belongsTo, textOf } from "./scalars.ts";
import { checkSnapshots, snapshotConfigSchema, snapshotConfigWireSchema } from "./snapshot-config.ts";
import { storageConfigSchema, storageConfigWireSchema } from "./storage-config.ts";

const tokenSchema = textOf("an RTC token for the channel and the recorder's uid")
  .optional()
  .describe("RTC token for channel and recorder uid; when the project has an App Certificate. Modes individual, mix.");

const snapshotDoc =
  "Pictures of every user's video; without recordingFileConfig nothing else is made. Mode individual.";

/** `clientRequest` of start by mode as we send it: unknown keys are errors. @see R 3.2, R 3.3 */
export const startClientRequestSchemas = {
  individual: z
    .strictObject({
      token: tokenSchema,
      recordingConfig: individualRecordingConfigSchema.describe("What is recorded and how. Modes individual, mix."),
      recordingFileConfig: recordingFileConfigSchemas.individual.optional().describe("Files that are written."),
      snapshotConfig: snapshotConfigSchema.optional().describe(snapshotDoc),
      extensionServiceConfig: belongsTo("mode web"),
      storageConfig: storageConfigSchema.describe("Where files go. All modes."),
    })
    .superRefine(checkSnapshots),
  mix: z.strictObject({
    token: tokenSchema,
    recordingConfig: mixRecordingConfigSchema.describe("What is recorded and how. Modes individual, mix."),
    recordingFileConfig: recordingFileConfigSchemas.mix.optional().describe("Files that are written."),
    snapshotConfig: belongsTo("mode individual"),
    extensionServiceConfig: belongsTo("mode web"),
    storageConfig: storageConfigSchema.describe("Where files go. All modes."),
  }),
  web: z.strictObject({
    token: belongsTo("modes individual and mix"),
    recordingConfig: belongsTo("modes individual and mix"),
    recordingFileConfig: recordingFileConfigSchemas.web.optional().describe("Files that are written."),
    snapshotConfig: belongsTo("mode individual"),
    extensionServiceConfig: extensionServiceConfigSchema.describe("The page, and where it is streamed to. Mode web."),
    storageConfig: storageConfigSchema.describe("Where files go. All modes."),
  }),
} as const satisfies Record<RecordingMode, z.ZodType>;

/** `clientRequest` of start by mode as Agora reads it: unknown keys pass, so do the blocks of other modes. */
export const startClientRequestWireSchemas = {
  individual: z
    .looseObject({
      token: tokenSchema,
      recordingConfig: individualRecordingConfigWireSchema.optional(),
      recordingFileConfig: recordingFileConfigWireSchemas.individual.optional(),
      snapshotConfig: snapshotConfigWireSchema.optional(),
      storageConfig: storageConfigWireSchema,
    })
    .superRefine(checkSnapshots),
  mix: z.looseObject({
    token: tokenSchema,
    recordingConfig: mixRecordingConfigWireSchema.optional(),
    recordingFileConfig: recordingFileConfigWireSchemas.mix.optional(),
    storageConfig: storageConfigWireSchema,
  }),
  web: z.looseObject({
    recordingFileConfig: recordingFileConfigWireSchemas.web.optional(),
    extensionServiceConfig: extensionServiceConfigWireSchema,
    storageConfig: storageConfigWireSchema,
  }),
} as const satisfies Record<RecordingMode, z.ZodType>;

/** A parsed value that nobody may change. */
export type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

/** `clientRequest` of start by mode. */
export type StartClientRequests = {
  readonly [Mode in RecordingMode]: Immutable<z.infer<(typeof startClientRequestSchemas)[Mode]>>;
};
/** What start is told beside channel and uid; holds storage keys and a token: never log it, never store it. */
export type StartClientRequest = StartClientRequests[RecordingMode];
