import { z } from "zod";
import {
  individualRecordingConfigSchema,
  individualRecordingConfigWireSchema,
  mixRecordingConfigSchema,
  mixRecordingConfigWireSchema,
} from "./recording-config.ts";
import type { RecordingMode } from "./recording-mode.ts";
import { oneOf, textOf } from "./scalars.ts";
import { storageConfigSchema, storageConfigWireSchema } from "./storage-config.ts";

const hlsOnly = `["hls"]`;
const hlsAndMp4 = `["hls"] or ["hls", "mp4"]`;

const individualFilesSchema = z.array(oneOf(["hls"]), { error: hlsOnly }).length(1, { error: hlsOnly });
const mixFilesSchema = z
  .array(oneOf(["hls", "mp4"]), { error: hlsAndMp4 })
  .refine((types) => types.includes("hls") && new Set(types).size === types.length, { error: hlsAndMp4 });

const tokenSchema = textOf("an RTC token for the channel and the recorder's uid").optional();

/** `clientRequest` of start in mode `individual` as we send it. @see R 3.2 */
export const individualStartClientRequestSchema = z.strictObject({
  token: tokenSchema,
  recordingConfig: individualRecordingConfigSchema,
  recordingFileConfig: z.strictObject({ avFileType: individualFilesSchema }).optional(),
  storageConfig: storageConfigSchema,
});

/** `clientRequest` of start in mode `mix` as we send it. @see R 3.2 */
export const mixStartClientRequestSchema = z.strictObject({
  token: tokenSchema,
  recordingConfig: mixRecordingConfigSchema,
  recordingFileConfig: z.strictObject({ avFileType: mixFilesSchema }).optional(),
  storageConfig: storageConfigSchema,
});

/** `clientRequest` of start by mode as Agora reads it: unknown keys pass. */
export const startClientRequestWireSchemas = {
  individual: z.looseObject({
    token: tokenSchema,
    recordingConfig: individualRecordingConfigWireSchema.optional(),
    recordingFileConfig: z.looseObject({ avFileType: individualFilesSchema.optional() }).optional(),
    storageConfig: storageConfigWireSchema,
  }),
  mix: z.looseObject({
    token: tokenSchema,
    recordingConfig: mixRecordingConfigWireSchema.optional(),
    recordingFileConfig: z.looseObject({ avFileType: mixFilesSchema.optional() }).optional(),
    storageConfig: storageConfigWireSchema,
  }),
} as const satisfies Record<RecordingMode, z.ZodType>;

type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

type IndividualStartClientRequest = Immutable<z.infer<typeof individualStartClientRequestSchema>>;
type MixStartClientRequest = Immutable<z.infer<typeof mixStartClientRequestSchema>>;
/** What start is told beside channel and uid; holds storage keys and a token: never log it, never store it. */
export type StartClientRequest = IndividualStartClientRequest | MixStartClientRequest;
