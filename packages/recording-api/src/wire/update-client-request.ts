import { z } from "zod";
import { outputsSchema, outputsWireSchema } from "./extension-services.ts";
import { checkLayout, layoutFields, layoutWireFields } from "./layout.ts";
import type { RecordingMode } from "./recording-mode.ts";
import { belongsTo, flag } from "./scalars.ts";
import type { Immutable } from "./start-client-request.ts";
import { storageConfigSchema, storageConfigWireSchema } from "./storage-config.ts";
import { checkSubscription, type Subscription, subscriptionShape } from "./subscription.ts";

const { subscribeAudioUids, subscribeVideoUids, unSubscribeAudioUids, unSubscribeVideoUids } = subscriptionShape;
const audioShape = { subscribeAudioUids, unSubscribeAudioUids };
const videoShape = { subscribeVideoUids, unSubscribeVideoUids };
const streamSubscribeDoc = "New lists in place of the old ones. Modes individual, mix.";
const storageDoc = "The whole storageConfig with a new temporary token. All modes.";

const streamSubscribeSchema = z
  .strictObject({
    audioUidList: z
      .strictObject(audioShape)
      .superRefine(checkOneList)
      .optional()
      .describe("Whose audio: one of the two lists. Modes individual, mix with streamTypes 0 or 2."),
    videoUidList: z
      .strictObject(videoShape)
      .superRefine(checkOneList)
      .optional()
      .describe("Whose video: one of the two lists. Modes individual, mix with streamTypes 1 or 2."),
  })
  .refine((lists) => lists.audioUidList !== undefined || lists.videoUidList !== undefined, {
    error: "audioUidList, videoUidList or both",
  });

const channelUpdateSchema = z
  .strictObject({
    streamSubscribe: streamSubscribeSchema.optional().describe(streamSubscribeDoc),
    storageConfig: storageConfigSchema.optional().describe(storageDoc),
    webRecordingConfig: belongsTo("mode web"),
    rtmpPublishConfig: belongsTo("mode web"),
  })
  .superRefine(checkOneBlock);

/** `clientRequest` of update by mode as we send it: exactly one block, which is all that is known to work. @see R 5.1 */
export const updateClientRequestSchemas = {
  individual: channelUpdateSchema,
  mix: channelUpdateSchema,
  web: z
    .strictObject({
      streamSubscribe: belongsTo("modes individual and mix"),
      storageConfig: storageConfigSchema.optional().describe(storageDoc),
      webRecordingConfig: z
        .strictObject({ onhold: flag().describe("true pauses, false goes on. Default false. Mode web.") })
        .optional()
        .describe("Pauses the recording of a page. Mode web."),
      rtmpPublishConfig: z
        .strictObject({ outputs: outputsSchema })
        .optional()
        .describe("Another address for the page's stream. Mode web."),
    })
    .superRefine(checkOneBlock),
} as const satisfies Record<RecordingMode, z.ZodType>;

/** `clientRequest` of update by mode. */
export type UpdateClientRequests = {
  readonly [Mode in RecordingMode]: Immutable<z.infer<(typeof updateClientRequestSchemas)[Mode]>>;
};
/** What update is told beside channel and uid; may hold storage keys or a stream key: never log it, never store it. */
export type UpdateClientRequest = UpdateClientRequests[RecordingMode];

/**
 * `clientRequest` of updateLayout as we send it (mode mix). Every call overwrites the whole layout: what is left out falls
 * back to its default. @see R 5.2
 */
export const updateLayoutClientRequestSchema = z.strictObject(layoutFields).superRefine(checkLayout);

/** What updateLayout is told beside channel and uid. */
export type UpdateLayoutClientRequest = Immutable<z.infer<typeof updateLayoutClientRequestSchema>>;

const channelUpdateWireSchema = z.looseObject({
  streamSubscribe: z
    .looseObject({
      audioUidList: z.looseObject(audioShape).superRefine(checkSubscription).optional(),
      videoUidList: z.looseObject(videoShape).superRefine(checkSubscription).optional(),
    })
    .optional(),
  storageConfig: storageConfigWireSchema.optional(),
});

/** `clientRequest` of update by mode as Agora reads it: unknown keys pass, and so do blocks of other modes. */
export const updateClientRequestWireSchemas = {
  individual: channelUpdateWireSchema,
  mix: channelUpdateWireSchema,
  web: z.looseObject({
    webRecordingConfig: z.looseObject({ onhold: flag().optional() }).optional(),
    rtmpPublishConfig: z.looseObject({ outputs: outputsWireSchema }).optional(),
    storageConfig: storageConfigWireSchema.optional(),
  }),
} as const satisfies Record<RecordingMode, z.ZodType>;

/** `clientRequest` of updateLayout as Agora reads it: unknown keys pass. */
export const updateLayoutClientRequestWireSchema = z.looseObject(layoutWireFields).superRefine(checkLayout);

function checkOneList(lists: Subscription, context: z.RefinementCtx): void {
  checkSubscription(lists, context);
  if (Object.values(lists).some((list) => list !== undefined)) return;
  context.addIssue({ code: "custom", path: [], message: "one list of uids" });
}

function checkOneBlock(request: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const blocks = Object.entries(request).filter(([, block]) => block !== undefined);
  if (blocks.length === 1) return;
  context.addIssue({ code: "custom", path: [], message: "exactly one block to change" });
}
