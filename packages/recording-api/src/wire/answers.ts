import { z } from "zod";

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

/**
 * Any JSON object that Agora or a gateway before it may answer, in today's and the older shapes: nothing in it is
 * required, a field of the wrong type counts as absent, an empty id counts as absent, unknown fields pass. @see R 7.1
 */
export const answerBodySchema = z.looseObject({
  code: integerSchema,
  reason: textSchema,
  message: textSchema,
  resourceId: textSchema,
  sid: textSchema,
  serverResponse: z
    .looseObject({
      status: integerSchema,
      payload: z.looseObject({ message: textSchema }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** Body of acquire 200. @see R 2.2 */
export interface AcquireAnswerBody {
  readonly cname?: string;
  readonly uid?: string;
  readonly resourceId: string;
}

/** Body of start 200. @see R 3.12 */
export interface StartAnswerBody extends AcquireAnswerBody {
  readonly sid: string;
}

/** One recorded file; `sliceStartTime` is Unix milliseconds. @see R 4.3 */
export interface RecordedFile {
  readonly fileName: string;
  readonly trackType: "audio" | "video" | "audio_and_video";
  readonly uid: string;
  readonly mixedAllUser: boolean;
  readonly isPlayable: boolean;
  readonly sliceStartTime: number;
}

/** Body of query 200. @see R 4 */
export interface QueryAnswerBody extends StartAnswerBody {
  readonly serverResponse: {
    readonly status: number;
    readonly fileListMode?: "string" | "json";
    readonly fileList?: string | readonly RecordedFile[];
    readonly sliceStartTime?: number;
  };
}

/** Body of stop 200. @see R 6.1 */
export interface StopAnswerBody extends StartAnswerBody {
  readonly serverResponse: {
    readonly fileListMode?: "string" | "json";
    readonly fileList?: string | readonly RecordedFile[];
    readonly uploadingStatus?: "uploaded" | "backuped" | "unknown";
  };
}

/** Body of a refusal: the recording service sends `code` and `reason`, a gateway `message` alone. @see R 7.1 */
export type ErrorAnswerBody =
  { readonly code: number; readonly reason: string } | { readonly message: string; readonly code?: never };
