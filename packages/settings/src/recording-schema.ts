import { z } from "zod";
import { secretReference } from "./storage-schema.ts";

const uidMax = 4_294_967_295;
const uid = z
  .string()
  .refine((value) => /^[1-9]\d{0,9}$/.test(value) && Number(value) <= uidMax)
  .meta({ expects: 'a uid in quotes, "1" … "4294967295"' });
const everybody = "#allstream#";
const uidList = z.array(uid).min(1).max(32);
const subscribed = z
  .union([z.tuple([z.literal(everybody)]), uidList])
  .meta({ expects: `1 … 32 uids in quotes, or ["${everybody}"]` });
const colour = z
  .string()
  .regex(/^#[0-9A-Fa-f]{6}$/)
  .meta({ expects: '"#" and 6 hex digits, in quotes' });
const image = z.url({ protocol: /^https?$/ }).meta({ expects: "an http or https URL" });
const share = z.number().min(0).max(1);

const region = z
  .strictObject({
    uid: uid.optional(),
    x_axis: share,
    y_axis: share,
    width: share,
    height: share,
    alpha: share.optional(),
    render_mode: z.literal([0, 1]).optional(),
  })
  .superRefine((layout, context) => {
    if (layout.x_axis + layout.width > 1)
      context.addIssue({ code: "custom", path: ["width"], message: "x_axis + width is at most 1" });
    if (layout.y_axis + layout.height > 1)
      context.addIssue({ code: "custom", path: ["height"], message: "y_axis + height is at most 1" });
  });

const transcoding = z
  .strictObject({
    width: z.int().min(1).max(1_920),
    height: z.int().min(1).max(1_920),
    fps: z.literal([1, 7, 10, 15, 24, 30, 60]),
    bitrate: z.int().min(1).max(6_500).describe("kbit/s"),
    maxResolutionUid: uid.optional(),
    mixedVideoLayout: z.literal([0, 1, 2, 3]).optional().describe("0 floating, 1 best fit, 2 vertical, 3 custom."),
    backgroundColor: colour.optional(),
    backgroundImage: image.optional(),
    defaultUserBackgroundImage: image.optional(),
    layoutConfig: z.array(region).min(1).max(17).optional(),
    backgroundConfig: z
      .array(z.strictObject({ uid, image_url: image, render_mode: z.literal([0, 1]).optional() }))
      .min(1)
      .max(17)
      .optional(),
  })
  .superRefine((config, context) => {
    const refuse = (key: string, message: string): void => {
      context.addIssue({ code: "custom", path: [key], message });
    };
    if (config.width * config.height > 1_920 * 1_080) refuse("height", "width · height is at most 1920 · 1080");
    if ((config.mixedVideoLayout === 3) !== (config.layoutConfig !== undefined)) {
      refuse(
        config.layoutConfig === undefined ? "mixedVideoLayout" : "layoutConfig",
        "mixedVideoLayout 3 and layoutConfig go together",
      );
    }
    if (config.maxResolutionUid !== undefined && config.mixedVideoLayout !== 2)
      refuse("maxResolutionUid", "only with mixedVideoLayout 2");
  });

const both = {
  channelType: z.literal([0, 1]).default(0).describe("As in the app's RTC client: 0 communication, 1 live broadcast."),
  decryptionMode: z.int().min(0).max(8).optional(),
  secret: secretReference.optional().describe("Key of the channel's encryption; with decryptionMode ≠ 0."),
  salt: secretReference.optional().describe("Base64 of 32 bytes; with decryptionMode 7 and 8."),
  streamTypes: z.literal([0, 1, 2]).optional().describe("0 audio, 1 video, 2 both."),
  videoStreamType: z.literal([0, 1]).optional().describe("0 high, 1 low stream."),
  subscribeAudioUids: subscribed.optional(),
  unSubscribeAudioUids: uidList.optional(),
  subscribeVideoUids: subscribed.optional(),
  unSubscribeVideoUids: uidList.optional(),
  privateParams: z.string().optional().describe("JSON in a text, as Agora documents it."),
};

type Common = z.output<z.ZodObject<typeof both>>;

function checkCommon(config: Common, context: z.core.$RefinementCtx): void {
  const refuse = (key: string, message: string): void => {
    context.addIssue({ code: "custom", path: [key], message });
  };
  const encrypted = (config.decryptionMode ?? 0) !== 0;
  if (encrypted && config.secret === undefined) refuse("decryptionMode", "a decryptionMode other than 0 needs secret");
  if (!encrypted && config.secret !== undefined) refuse("secret", "only with a decryptionMode other than 0");
  const salted = config.decryptionMode === 7 || config.decryptionMode === 8;
  if (salted !== (config.salt !== undefined))
    refuse(salted ? "decryptionMode" : "salt", "salt goes with decryptionMode 7 and 8");
  if (config.subscribeAudioUids !== undefined && config.unSubscribeAudioUids !== undefined) {
    refuse("unSubscribeAudioUids", "not together with subscribeAudioUids");
  }
  if (config.subscribeVideoUids !== undefined && config.unSubscribeVideoUids !== undefined) {
    refuse("unSubscribeVideoUids", "not together with subscribeVideoUids");
  }
  for (const [list, forbidden] of [
    ["VideoUids", 0],
    ["AudioUids", 1],
  ] as const) {
    if (config.streamTypes !== forbidden) continue;
    for (const key of [`subscribe${list}`, `unSubscribe${list}`] as const) {
      if (config[key] !== undefined) refuse(key, `streamTypes ${forbidden} leaves nothing to choose here`);
    }
  }
}

/** `recordingConfig` of mode individual, without maxIdleTime: that is the rule's `maxIdleSeconds`. */
export const individualRecording = z
  .strictObject({
    ...both,
    subscribeUidGroup: z
      .int()
      .min(0)
      .max(5)
      .default(3)
      .describe("Most uids recorded at once: 0 → 2, 1 → 7, 2 → 12, 3 → 17, 4 → 32, 5 → 49."),
    streamMode: z.enum(["default", "standard", "original"]).optional(),
  })
  .superRefine(checkCommon)
  .superRefine((config, context) => {
    if (config.streamMode === "original" && config.streamTypes !== 0) {
      context.addIssue({
        code: "custom",
        path: ["streamMode"],
        message: '"original" takes effect only with streamTypes 0',
      });
    }
  });

/** `recordingConfig` of mode mix. */
export const mixRecording = z
  .strictObject({
    ...both,
    subscribeUidGroup: z.int().min(0).max(5).optional(),
    audioProfile: z.literal([0, 1, 2]).optional(),
    transcodingConfig: transcoding.optional(),
  })
  .superRefine(checkCommon);

/** `recordingFileConfig` of mode individual. */
export const individualFiles = z.strictObject({
  avFileType: z.tuple([z.literal("hls")]).meta({ expects: '["hls"]: mode individual writes nothing else' }),
});

/** `recordingFileConfig` of mode mix. */
export const mixFiles = z.strictObject({
  avFileType: z
    .union([
      z.tuple([z.literal("hls")]),
      z.tuple([z.literal("hls"), z.literal("mp4")]),
      z.tuple([z.literal("mp4"), z.literal("hls")]),
    ])
    .meta({ expects: '["hls"] or ["hls", "mp4"]' }),
});
