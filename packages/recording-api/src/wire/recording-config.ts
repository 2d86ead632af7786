import { z } from "zod";
import { integerFrom, oneOf, textOf, uidTextSchema } from "./scalars.ts";
import { transcodingConfigSchema, transcodingConfigWireSchema } from "./transcoding-config.ts";

const everybody = "#allstream#";
const listExpectation = `1 to 32 uids in quotes, or ["${everybody}"]`;

const uidListSchema = z
  .array(uidTextSchema, { error: listExpectation })
  .min(1, { error: listExpectation })
  .max(32, { error: listExpectation });

const subscriptionSchema = z
  .array(z.union([z.literal(everybody), uidTextSchema], { error: listExpectation }), { error: listExpectation })
  .min(1, { error: listExpectation })
  .max(32, { error: listExpectation })
  .refine((uids) => uids.length === 1 || !uids.includes(everybody), { error: listExpectation });

const commonShape = {
  channelType: oneOf([0, 1]),
  streamTypes: oneOf([0, 1, 2]).optional(),
  videoStreamType: oneOf([0, 1]).optional(),
  maxIdleTime: integerFrom(5, 2_592_000).optional(),
  decryptionMode: integerFrom(0, 8).optional(),
  secret: textOf("the key of the channel's encryption").optional(),
  salt: textOf("Base64 of 32 bytes").optional(),
  subscribeAudioUids: subscriptionSchema.optional(),
  unSubscribeAudioUids: uidListSchema.optional(),
  subscribeVideoUids: subscriptionSchema.optional(),
  unSubscribeVideoUids: uidListSchema.optional(),
  privateParams: textOf("a JSON object in a string").optional(),
};

const uidGroupSchema = integerFrom(0, 5);
const streamModeSchema = oneOf(["default", "standard", "original"]).optional();
const mixOnly = z.never({ error: "nothing: it belongs to mode mix" }).optional();
const individualOnly = z.never({ error: "nothing: it belongs to mode individual" }).optional();

/** `recordingConfig` of mode `individual` as we send it: unknown keys are errors. @see R 3.3, R 3.6 */
export const individualRecordingConfigSchema = z
  .strictObject({
    ...commonShape,
    subscribeUidGroup: uidGroupSchema,
    streamMode: streamModeSchema,
    audioProfile: mixOnly,
    transcodingConfig: mixOnly,
  })
  .superRefine(checkRecordingConfig);

/** The same as Agora reads it: unknown keys pass, a missing `subscribeUidGroup` probably counts as 0. */
export const individualRecordingConfigWireSchema = z
  .looseObject({
    ...commonShape,
    channelType: commonShape.channelType.optional(),
    subscribeUidGroup: uidGroupSchema.optional(),
    streamMode: streamModeSchema,
    audioProfile: mixOnly,
    transcodingConfig: mixOnly,
  })
  .superRefine(checkRecordingConfig);

/** `recordingConfig` of mode `mix` as we send it: unknown keys are errors. @see R 3.3, R 3.6 */
export const mixRecordingConfigSchema = z
  .strictObject({
    ...commonShape,
    subscribeUidGroup: uidGroupSchema.optional(),
    streamMode: individualOnly,
    audioProfile: oneOf([0, 1, 2]).optional(),
    transcodingConfig: transcodingConfigSchema.optional(),
  })
  .superRefine(checkRecordingConfig);

/** The same as Agora reads it: unknown keys pass. */
export const mixRecordingConfigWireSchema = z
  .looseObject({
    ...commonShape,
    channelType: commonShape.channelType.optional(),
    subscribeUidGroup: uidGroupSchema.optional(),
    streamMode: individualOnly,
    audioProfile: oneOf([0, 1, 2]).optional(),
    transcodingConfig: transcodingConfigWireSchema.optional(),
  })
  .superRefine(checkRecordingConfig);

interface CheckedConfig {
  readonly streamTypes?: number | undefined;
  readonly decryptionMode?: number | undefined;
  readonly secret?: string | undefined;
  readonly salt?: string | undefined;
  readonly subscribeAudioUids?: readonly string[] | undefined;
  readonly unSubscribeAudioUids?: readonly string[] | undefined;
  readonly subscribeVideoUids?: readonly string[] | undefined;
  readonly unSubscribeVideoUids?: readonly string[] | undefined;
  readonly privateParams?: string | undefined;
}

function checkRecordingConfig(config: CheckedConfig, context: z.RefinementCtx): void {
  const problem = (field: keyof CheckedConfig, message: string): void => {
    context.addIssue({ code: "custom", path: [field], message });
  };
  const mode = config.decryptionMode ?? 0;
  if (mode !== 0 && config.secret === undefined) problem("secret", `a key, since decryptionMode is ${mode}`);
  if ((mode === 7 || mode === 8) && config.salt === undefined) {
    problem("salt", `Base64 of 32 bytes, since decryptionMode is ${mode}`);
  }
  if (config.salt !== undefined && Buffer.from(config.salt, "base64").length !== 32) {
    problem("salt", "Base64 of 32 bytes");
  }
  if (config.subscribeAudioUids !== undefined && config.unSubscribeAudioUids !== undefined) {
    problem("unSubscribeAudioUids", "no second list of the same medium beside subscribeAudioUids");
  }
  if (config.subscribeVideoUids !== undefined && config.unSubscribeVideoUids !== undefined) {
    problem("unSubscribeVideoUids", "no second list of the same medium beside subscribeVideoUids");
  }
  if (config.streamTypes === 0) {
    if (config.subscribeVideoUids !== undefined) problem("subscribeVideoUids", "no video list with streamTypes 0");
    if (config.unSubscribeVideoUids !== undefined) problem("unSubscribeVideoUids", "no video list with streamTypes 0");
  }
  if (config.streamTypes === 1) {
    if (config.subscribeAudioUids !== undefined) problem("subscribeAudioUids", "no audio list with streamTypes 1");
    if (config.unSubscribeAudioUids !== undefined) problem("unSubscribeAudioUids", "no audio list with streamTypes 1");
  }
  if (config.privateParams !== undefined && !isJson(config.privateParams)) {
    problem("privateParams", "a JSON object in a string");
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // JSON.parse has no other way to say no.
    return false;
  }
}
