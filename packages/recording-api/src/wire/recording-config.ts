import { z } from "zod";
import { belongsTo, integerFrom, oneOf, textOf } from "./scalars.ts";
import { checkSubscription, type Subscription, subscriptionShape } from "./subscription.ts";
import { transcodingConfigSchema, transcodingConfigWireSchema } from "./transcoding-config.ts";

const saltExpectation = "Base64 of 32 bytes";

/** `salt`, the value itself. @see R 3.6 */
const saltSchema = textOf(saltExpectation).refine((text) => Buffer.from(text, "base64").length === 32, {
  error: saltExpectation,
});

const commonShape = {
  channelType: oneOf([0, 1]).describe(
    "As in the RTC clients of the channel: 0 communication, 1 live broadcast. Agora's default 0. Modes individual, mix.",
  ),
  streamTypes: oneOf([0, 1, 2])
    .optional()
    .describe("What to record: 0 audio, 1 video, 2 both. Default 2. Modes individual, mix."),
  videoStreamType: oneOf([0, 1])
    .optional()
    .describe("Of a sender with two video streams: 0 the high, 1 the low one. Default 0. Modes individual, mix."),
  maxIdleTime: integerFrom(5, 2_592_000)
    .optional()
    .describe(
      "Seconds after which the recorder leaves a channel without users (communication) or without hosts (live broadcast): 5 to 2592000. Default 30. Modes individual, mix.",
    ),
  decryptionMode: integerFrom(0, 8)
    .optional()
    .describe(
      "Encryption of the channel: 0 none, 1 AES_128_XTS, 2 AES_128_ECB, 3 AES_256_XTS, 4 SM4_128_ECB, 5 AES_128_GCM, 6 AES_256_GCM, 7 AES_128_GCM2, 8 AES_256_GCM2. Default 0. Modes individual, mix.",
    ),
  secret: textOf("the key of the channel's encryption")
    .optional()
    .describe("Key of the channel's encryption; required with a decryptionMode other than 0. Modes individual, mix."),
  salt: saltSchema
    .optional()
    .describe("Salt of the channel's encryption, Base64 of 32 bytes; required with decryptionMode 7 and 8."),
  ...subscriptionShape,
  privateParams: textOf("a JSON object in a string")
    .refine(isJsonObject, { error: "a JSON object in a string" })
    .optional()
    .describe('JSON in a text; the only documented use is {"correctEXTINF":true}. Modes individual, mix.'),
};

const uidGroupSchema = integerFrom(0, 5);
const uidGroupDoc =
  "Most uids recorded at a time, audio and video together: 0 up to 2, 1 to 7, 2 to 12, 3 to 17, 4 to 32, 5 to 49. Required in mode individual.";

const individualShape = {
  streamMode: oneOf(["default", "standard", "original"])
    .optional()
    .describe(
      'Files per user: "default" audio and video apart, "standard" also one merged playlist, "original" audio as it was sent (with streamTypes 0). Default "default". Mode individual.',
    ),
  audioProfile: belongsTo("mode mix"),
  transcodingConfig: belongsTo("mode mix"),
};

const mixShape = {
  streamMode: belongsTo("mode individual"),
  audioProfile: oneOf([0, 1, 2])
    .optional()
    .describe(
      "Sound of the mix, 48 kHz: 0 mono about 48 kbit/s, 1 mono about 128, 2 stereo about 192. Default 0. Mode mix.",
    ),
};

/** The fields of `recordingConfig` as we send it, by mode; for schemas that ask for some of them in another way. */
export const recordingConfigShapes = {
  individual: { ...commonShape, ...individualShape, subscribeUidGroup: uidGroupSchema.describe(uidGroupDoc) },
  mix: {
    ...commonShape,
    ...mixShape,
    subscribeUidGroup: uidGroupSchema.optional().describe(uidGroupDoc),
    transcodingConfig: transcodingConfigSchema.optional().describe("The mixed picture. Mode mix."),
  },
} as const;

/** `recordingConfig` of mode `individual` as we send it: unknown keys are errors. @see R 3.3, R 3.6 */
export const individualRecordingConfigSchema = z
  .strictObject(recordingConfigShapes.individual)
  .superRefine(checkRecordingConfig)
  .superRefine(checkWithoutEffect);

/** `recordingConfig` of mode `mix` as we send it: unknown keys are errors. @see R 3.3, R 3.6 */
export const mixRecordingConfigSchema = z
  .strictObject(recordingConfigShapes.mix)
  .superRefine(checkRecordingConfig)
  .superRefine(checkWithoutEffect);

const wireShape = {
  ...commonShape,
  channelType: commonShape.channelType.optional(),
  subscribeUidGroup: uidGroupSchema.optional(),
};

/** The same as Agora reads it: unknown keys pass, a missing `subscribeUidGroup` probably counts as 0. */
export const individualRecordingConfigWireSchema = z
  .looseObject({ ...wireShape, ...individualShape })
  .superRefine(checkRecordingConfig);

/** The same as Agora reads it: unknown keys pass. */
export const mixRecordingConfigWireSchema = z
  .looseObject({ ...wireShape, ...mixShape, transcodingConfig: transcodingConfigWireSchema.optional() })
  .superRefine(checkRecordingConfig);

interface CheckedConfig extends Subscription {
  readonly streamTypes?: number | undefined;
  readonly decryptionMode?: number | undefined;
  readonly secret?: string | undefined;
  readonly salt?: string | undefined;
}

/** The rules between fields that hold in both modes: encryption, lists, lists against `streamTypes`. @see R 3.6 */
export function checkRecordingConfig(config: CheckedConfig, context: z.RefinementCtx): void {
  const problem = (field: keyof CheckedConfig, message: string): void => {
    context.addIssue({ code: "custom", path: [field], message });
  };
  const mode = config.decryptionMode ?? 0;
  if (mode !== 0 && config.secret === undefined) problem("secret", `a key, since decryptionMode is ${mode}`);
  if ((mode === 7 || mode === 8) && config.salt === undefined) {
    problem("salt", `Base64 of 32 bytes, since decryptionMode is ${mode}`);
  }
  checkSubscription(config, context);
  if (config.streamTypes === 0) {
    if (config.subscribeVideoUids !== undefined) problem("subscribeVideoUids", "no video list with streamTypes 0");
    if (config.unSubscribeVideoUids !== undefined) problem("unSubscribeVideoUids", "no video list with streamTypes 0");
  }
  if (config.streamTypes === 1) {
    if (config.subscribeAudioUids !== undefined) problem("subscribeAudioUids", "no audio list with streamTypes 1");
    if (config.unSubscribeAudioUids !== undefined) problem("unSubscribeAudioUids", "no audio list with streamTypes 1");
  }
}

/** What Agora takes and then ignores: we do not send what will not happen. @see R 3.6 */
export function checkWithoutEffect(
  config: Pick<CheckedConfig, "decryptionMode" | "secret" | "streamTypes"> & {
    readonly streamMode?: string | undefined;
  },
  context: z.RefinementCtx,
): void {
  const problem = (field: string, message: string): void => {
    context.addIssue({ code: "custom", path: [field], message });
  };
  if (config.streamMode === "original" && config.streamTypes !== 0) {
    problem("streamMode", `streamTypes 0 beside "original"`);
  }
  if (config.secret !== undefined && (config.decryptionMode ?? 0) === 0) {
    problem("decryptionMode", "one other than 0, since a secret is given");
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    // JSON.parse has no other way to say no.
    return false;
  }
}
