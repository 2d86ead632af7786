import { z } from "zod";
import { idOf } from "./scalars.ts";

/** An id with which nobody could ask again is none. */
const idSchema = idOf("an id").optional().catch(undefined);

const textSchema = z.string().min(1).optional().catch(undefined);

/** Old servers and gateways write numbers as text now and then. */
const integerSchema = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

const millisecondsSchema = z
  .union([
    z.int().nonnegative(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

const flagSchema = z.boolean().optional().catch(undefined);

/** Whatever the list holds that cannot be read is left out, the rest of it counts. */
const entriesSchema = z.array(z.unknown()).optional().catch(undefined);

/** One entry of a file list: `fileName` today, `filename` in web payloads and in bodies of 2020–21. @see R 4.3 */
export const fileEntrySchema = z.looseObject({
  fileName: textSchema,
  filename: textSchema,
  trackType: z.enum(["audio", "video", "audio_and_video"]).optional().catch(undefined),
  uid: z
    .union([z.string().min(1), z.int().nonnegative().transform(String)])
    .optional()
    .catch(undefined),
  mixedAllUser: flagSchema,
  isPlayable: flagSchema,
  sliceStartTime: millisecondsSchema,
});

const payloadSchema = z
  .looseObject({
    message: textSchema,
    state: textSchema,
    onhold: flagSchema,
    uploadingStatus: textSchema,
    fileList: z
      .union([z.string(), z.array(z.unknown())])
      .optional()
      .catch(undefined),
    outputs: entriesSchema,
  })
  .optional()
  .catch(undefined);

/** The state of one service of a page recording: `payload`, in some documents `playload`. @see R 6.1 */
export const extensionStateSchema = z.looseObject({
  serviceName: z.string().min(1),
  payload: payloadSchema,
  playload: payloadSchema,
});

/** One stream of a page recording, without its address. */
export const streamOutputSchema = z.looseObject({ status: textSchema });

/** What query and stop say of the recording, in today's and the older shapes. @see R 4.1, 6.1, 6.2 */
const serverResponseSchema = z
  .looseObject({
    status: integerSchema,
    payload: payloadSchema,
    fileList: z
      .union([z.string(), z.array(z.unknown())])
      .optional()
      .catch(undefined),
    fileListStr: textSchema,
    uploadingStatus: textSchema,
    sliceStartTime: millisecondsSchema,
    extensionServiceState: entriesSchema,
  })
  .optional()
  .catch(undefined);

/** A `serverResponse` as it was read. */
export type ServerResponse = NonNullable<z.infer<typeof serverResponseSchema>>;

/**
 * Any JSON object that Agora or a gateway before it may answer, in today's and the older shapes: nothing in it is
 * required, a field of the wrong type counts as absent, an empty id counts as absent, unknown fields pass. @see R 7.1
 */
export const answerBodySchema = z.looseObject({
  code: integerSchema,
  reason: textSchema,
  message: textSchema,
  resourceId: idSchema,
  sid: idSchema,
  serverResponse: serverResponseSchema,
});

/**
 * The layout in which older pages of the documentation print an answer, `{"Code": 200, "Body": {…}}`. No server is known
 * to send it; a stand-in that somebody built from those pages might. @see R 1.7
 */
export const printedEnvelopeSchema = z.strictObject({ Code: integerSchema, Body: z.looseObject({}) });
