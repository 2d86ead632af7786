import { z } from "zod";

/** Bodies of notifications as the reference has them, written apart from the code that makes them. @see E 1.2, E 3.1, E 3.2 */
const wireStatus = z.union([z.literal(0), z.literal("0")]);
const unixMs = z.int().min(1_600_000_000_000).max(2_000_000_000_000);
const file = z.strictObject({
  fileName: z.string().min(1),
  trackType: z.enum(["audio", "video", "audio_and_video"]),
  uid: z.string().regex(/^\d+$/),
  mixedAllUser: z.boolean(),
  isPlayable: z.boolean(),
  sliceStartTime: unixMs,
});
const webFile = z.union([
  z.strictObject({ filename: z.string().min(1), sliceStartTime: unixMs }),
  z.strictObject({ fileName: z.string().min(1), sliceStartTime: unixMs }),
]);
const files = { status: wireStatus, fileList: z.array(file).optional() };
const streamState = { streamUid: z.string(), state: z.literal([0, 1]), UtcMs: unixMs };

interface Row {
  readonly serviceType: number;
  readonly msgName: string;
  readonly details: z.core.$ZodLooseShape;
}

/** The table of E 3.2: what each event is called, who tells it, what it says. */
export const documentedEvents: ReadonlyMap<number, Row> = new Map(
  Object.entries({
    1: {
      serviceType: 0,
      msgName: "cloud_recording_error",
      details: {
        module: z.literal([0, 1, 2, 6]),
        errorLevel: z.int().min(1).max(5),
        errorCode: z.int(),
        stat: z.int(),
        errorMsg: z.string(),
      },
    },
    2: {
      serviceType: 0,
      msgName: "cloud_recording_warning",
      details: { module: z.literal([0, 1]), warnCode: z.int() },
    },
    3: {
      serviceType: 0,
      msgName: "cloud_recording_status_update",
      details: {
        status: z.literal([0, 1, 2, 3, 4, 5, 6, 7, 8, 20]),
        recordingMode: z.literal([0, 1]).optional(),
        fileList: z.string(),
      },
    },
    4: { serviceType: 0, msgName: "cloud_recording_file_infos", details: { fileList: z.string().endsWith(".m3u8") } },
    11: { serviceType: 0, msgName: "session_exit", details: { exitStatus: z.literal([0, 1]) } },
    12: { serviceType: 0, msgName: "session_failover", details: { newUid: z.int().positive() } },
    13: { serviceType: 0, msgName: "session_ha_registered", details: {} },
    30: { serviceType: 2, msgName: "uploader_started", details: { status: wireStatus } },
    31: { serviceType: 2, msgName: "uploaded", details: files },
    32: { serviceType: 2, msgName: "backuped", details: files },
    33: { serviceType: 2, msgName: "uploading_progress", details: { progress: z.int().min(0).max(10_000) } },
    40: { serviceType: 1, msgName: "recorder_started", details: { status: wireStatus } },
    41: { serviceType: 1, msgName: "recorder_leave", details: { leaveCode: z.int().min(0).max(31) } },
    42: {
      serviceType: 1,
      msgName: "recorder_slice_start",
      details: {
        startUtcMs: unixMs,
        discontinueUtcMs: unixMs,
        mixedAllUser: z.boolean(),
        streamUid: z.string(),
        trackType: z.enum(["audio", "video", "audio_and_video"]),
      },
    },
    43: { serviceType: 1, msgName: "recorder_audio_stream_state_changed", details: streamState },
    44: { serviceType: 1, msgName: "recorder_video_stream_state_changed", details: streamState },
    45: { serviceType: 1, msgName: "recorder_snapshot_file", details: { fileName: z.string().endsWith(".jpg") } },
    70: { serviceType: 6, msgName: "web_recorder_started", details: { recorderStartTime: unixMs } },
    71: {
      serviceType: 6,
      msgName: "web_recorder_stopped",
      details: {
        code: z.int().min(0).max(6),
        message: z.string(),
        details: z.string(),
        fileList: z.array(webFile),
      },
    },
    72: {
      serviceType: 6,
      msgName: "web_recorder_capability_limit",
      details: { limitType: z.enum(["resolution", "WebGL", "bandwidth"]) },
    },
    73: {
      serviceType: 6,
      msgName: "web_recorder_reload",
      details: { reason: z.enum(["audio_silence", "page_load_timeout"]) },
    },
    100: {
      serviceType: 6,
      msgName: "rtmp_publish_status",
      details: { rtmpUrl: z.string(), status: z.enum(["connecting", "publishing", "onhold", "disconnected"]) },
    },
  } satisfies Record<string, Row>).map(([eventType, row]) => [Number(eventType), row]),
);

/** `payload` of an event of product 3. */
export function recordingPayloadSchema(eventType: number) {
  const row = documentedEvents.get(eventType);
  if (row === undefined) throw new Error(`the reference has no event ${String(eventType)}`);
  return z.strictObject({
    cname: z.string().min(1),
    uid: z.string().regex(/^[1-9]\d*$/),
    sid: z.string().regex(/^[0-9a-f]{32}$/),
    sequence: z.int().nonnegative(),
    sendts: unixMs,
    serviceType: z.literal(row.serviceType),
    serviceScene: z.enum(["rtc_record", "rtc_snapshot", "web_record"]).optional(),
    details: z.strictObject({ msgName: z.literal(row.msgName), ...row.details }),
  });
}

/** The body of a webhook. */
export const envelopeSchema = z.strictObject({
  noticeId: z.string().min(1),
  productId: z.literal([1, 3]),
  eventType: z.int(),
  eventMs: unixMs.optional(),
  notifyMs: unixMs,
  sid: z.string().optional(),
  payload: z.record(z.string(), z.unknown()),
});
