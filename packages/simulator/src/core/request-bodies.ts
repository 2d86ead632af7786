import { acquireRequestSchema, startRequestSchemas, stopRequestSchema } from "@autorec/recording-api/wire";
import { z } from "zod";

/** What the simulator makes of the bodies: the wire schemas judge, this file keeps what matters to a recording. */
const acquireBodySchema = z.looseObject({
  // Checked by the call itself: a bad name has a code of its own.
  cname: z.string(),
  uid: z.string(),
  clientRequest: acquireRequestSchema.shape.clientRequest,
});
const updateBodySchema = z.looseObject({ cname: z.string(), uid: z.string(), clientRequest: z.looseObject({}) });

export interface AcquireBody {
  readonly cname: string;
  readonly uid: string;
  readonly expiredHours: number;
  readonly startParameter: unknown;
}

export interface StartBody {
  readonly cname: string;
  readonly uid: string;
  readonly token: string | undefined;
  readonly bucket: string;
  readonly channelType: 0 | 1;
  readonly maxIdleMs: number;
  readonly withMp4: boolean;
  readonly withSnapshots: boolean;
}

export interface StopBody {
  readonly cname: string;
  readonly uid: string;
  readonly async: boolean;
}

export interface UpdateBody {
  readonly cname: string;
  readonly uid: string;
}

/** `reason`: Agora's words to a body that it refuses with code 2; names the place, never the value. */
export type ParsedBody<Body> =
  { readonly ok: true; readonly body: Body } | { readonly ok: false; readonly reason: string };

export function parseAcquireBody(json: unknown): ParsedBody<AcquireBody> {
  const parsed = acquireBodySchema.safeParse(json);
  if (!parsed.success) return refused("Acquire", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  const { resourceExpiredHour = 72, startParameter } = clientRequest;
  return { ok: true, body: { cname, uid, expiredHours: resourceExpiredHour, startParameter } };
}

/** @param mode changes which keys are allowed: transcoding belongs to mix, stream mode to individual. */
export function parseStartBody(
  json: unknown,
  options: { readonly mode: "individual" | "mix"; readonly requireUidGroup: boolean },
): ParsedBody<StartBody> {
  const parsed = startRequestSchemas[options.mode].safeParse(json);
  if (!parsed.success) return refused("Start", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  const { recordingConfig, recordingFileConfig, storageConfig, token } = clientRequest;
  if (options.mode === "individual" && options.requireUidGroup && recordingConfig?.subscribeUidGroup === undefined) {
    return { ok: false, reason: "Start: invalid recordingConfig.subscribeUidGroup value!" };
  }
  return {
    ok: true,
    body: {
      cname,
      uid,
      token,
      bucket: storageConfig.bucket,
      channelType: recordingConfig?.channelType === 1 ? 1 : 0,
      maxIdleMs: (recordingConfig?.maxIdleTime ?? 30) * 1_000,
      withMp4: recordingFileConfig?.avFileType?.some((type) => type === "mp4") === true,
      withSnapshots: clientRequest["snapshotConfig"] !== undefined,
    },
  };
}

export function parseStopBody(json: unknown): ParsedBody<StopBody> {
  const parsed = stopRequestSchema.safeParse(json);
  if (!parsed.success) return refused("Stop", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  return { ok: true, body: { cname, uid, async: clientRequest.async_stop ?? false } };
}

export function parseUpdateBody(json: unknown): ParsedBody<UpdateBody> {
  const parsed = updateBodySchema.safeParse(json);
  return parsed.success ? { ok: true, body: parsed.data } : refused("Update", parsed.error);
}

function refused(call: string, error: z.ZodError): { readonly ok: false; readonly reason: string } {
  const path = error.issues[0]?.path.filter((part) => part !== "clientRequest").join(".");
  return { ok: false, reason: `${call}: invalid ${path === undefined || path === "" ? "body" : path} value!` };
}
