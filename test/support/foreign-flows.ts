import { z } from "zod";

/**
 * One documented flow of a client that others wrote. Bodies composed from the clients' published request types, with what
 * they add, leave out and spell in their own way.
 */
export interface ForeignFlow {
  readonly client: string;
  readonly flow: string;
  readonly mode: "individual" | "mix" | "web";
  readonly host: string;
  /** The Python client's service region, before /v1. @see R 1.4 */
  readonly pathPrefix?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Beside cname, uid and clientRequest in every body. */
  readonly bodyExtras?: object;
  readonly acquire: object;
  readonly start: object;
  readonly updates: readonly (readonly ["update" | "updateLayout", object])[];
  readonly stop: object;
  /** What the client can read of serverResponse at status 5, and of the answer to stop. */
  readonly queried: z.ZodType;
  readonly stopped: z.ZodType;
}

const all = ["#allstream#"];
const storage = { vendor: 2, region: 3, bucket: "b", accessKey: "ak", secretKey: "sk" };
const channel = { channelType: 1, streamTypes: 2, maxIdleTime: 30, subscribeAudioUids: all, subscribeVideoUids: all };
const subscribe = {
  streamSubscribe: {
    audioUidList: { subscribeAudioUids: all },
    videoUidList: { subscribeVideoUids: all },
  },
};
const canvas = { width: 640, height: 480, fps: 15, bitrate: 800, mixedVideoLayout: 0, backgroundColor: "#000000" };
const page = { url: "https://example.org/", audioProfile: 2, videoWidth: 1280, videoHeight: 720, maxRecordingHour: 1 };
const push = { outputs: [{ rtmpUrl: "rtmp://203.0.113.7:1935/live/test" }] };
const window = { x_axis: 0.1, y_axis: 0.1, width: 0.3, height: 0.3, alpha: 1, render_mode: 0 };

const file = z.object({
  fileName: z.string(),
  trackType: z.enum(["audio", "video", "audio_and_video"]),
  uid: z.string(),
  mixedAllUser: z.boolean(),
  isPlayable: z.boolean(),
  sliceStartTime: z.int().min(1_000_000_000_000),
});
const listed = z.object({ fileListMode: z.literal("json"), fileList: z.array(file).min(1) });
const named = z.object({ fileListMode: z.literal("string"), fileList: z.string().endsWith("_room.m3u8") });
const noFiles = z.object({ status: z.number(), fileListMode: z.never().optional() });
const webFile = z.object({ filename: z.string(), sliceStartTime: z.int() });
const recorderState = z.object({
  serviceName: z.literal("web_recorder_service"),
  payload: z.object({ state: z.literal("inProgress"), onhold: z.boolean(), fileList: z.array(webFile).min(1) }),
});
const pushState = z.object({
  serviceName: z.literal("rtmp_publish_service"),
  payload: z.object({
    state: z.string(),
    outputs: z.array(z.object({ rtmpUrl: z.string(), status: z.enum(["connecting", "publishing"]) })).min(1),
  }),
});
const webStates = z.object({ extensionServiceState: z.tuple([recorderState]) });
const pushStates = z.object({ extensionServiceState: z.tuple([recorderState, pushState]) });
const uploaded = z.object({ serverResponse: z.object({ uploadingStatus: z.literal("uploaded") }) });
const webUploaded = z.object({
  serverResponse: z.object({
    extensionServiceState: z.array(z.object({ serviceName: z.string(), payload: z.object({}) })).length(2),
  }),
});
const anything = z.object({ sid: z.string() });

const recorderService = (serviceParam: object) => ({
  serviceName: "web_recorder_service",
  errorHandlePolicy: "error_abort",
  serviceParam,
});
const pushService = { serviceName: "rtmp_publish_service", errorHandlePolicy: "error_ignore", serviceParam: push };
const webStart = (...extensionServices: object[]) => ({
  recordingFileConfig: { avFileType: ["hls", "mp4"] },
  extensionServiceConfig: { errorHandlePolicy: "error_abort", extensionServices },
  storageConfig: storage,
});

/** Go client: zero values travel unless it says omitempty; its VideoBitrate is spelled with a capital V. */
const go = {
  client: "Go client",
  host: "api-eu-west-1.agora.io",
  headers: { "content-type": "application/json;charset=utf-8", "user-agent": "AgoraRESTClient  Language/go" },
  acquire: { scene: 0 },
  stop: { async_stop: false },
} as const;
const goStorage = { ...storage, fileNamePrefix: ["dir1"], extensionParams: { sse: "", tag: "RETENTION_DAYS=30" } };
const goPage = { ...page, VideoBitrate: 2000, onhold: false, readyTimeout: 0 };
const goWindow = { uid: "", ...window };

/** Node client: always application/json, on GET too; stops without waiting. */
const node = {
  client: "Node client",
  host: "api-ap-southeast-1.sd-rtn.com",
  headers: {
    accept: "application/json",
    "content-type": "application/json",
    "user-agent": "AgoraRESTClient Language/nodejs",
  },
  acquire: { scene: 0, resourceExpiredHour: 1 },
  stop: { async_stop: true },
} as const;

/** The Go back end: the whole start travels in acquire too, blocks of other modes with it, zero values everywhere. */
const middlewareStart = {
  token: "007token",
  storageConfig: { ...storage, fileNamePrefix: ["room", "20261121", "152800"] },
  recordingConfig: {
    ...channel,
    channelType: 0,
    videoStreamType: 0,
    maxIdleTime: 120,
    streamMode: "standard",
    subscribeUidGroup: 0,
  },
};
const middleware = {
  client: "Go back end",
  host: "api.agora.io",
  headers: { "content-type": "application/json", "user-agent": "Go-http-client/1.1" },
  acquire: { resourceExpiredHour: 24, startParameter: middlewareStart },
  start: middlewareStart,
  stop: {},
  bodyExtras: { resourceId: "" },
} as const;

/** Python client: sends what it has; a project without certificate gets an empty token. */
const python = {
  client: "Python client",
  host: "api-us-west-1.agora.io",
  pathPrefix: "/na",
  headers: { accept: "*/*", "content-type": "application/json", "user-agent": "python-requests/2.34.2" },
  acquire: { scene: 0, regionAffinity: 4, excludeResourceIds: ["x"] },
  stop: { async_stop: false },
} as const;

/** Agora's own collection for Postman: vertical layout's uid beside another layout, comments of JSON left out. */
const postman = {
  client: "Postman collection",
  host: "api.agora.io",
  headers: { "content-type": "application/json", "user-agent": "PostmanRuntime/7.29.0" },
  acquire: { resourceExpiredHour: 24 },
  stop: {},
} as const;

export const foreignFlows: readonly ForeignFlow[] = [
  {
    ...go,
    flow: "individual",
    mode: "individual",
    start: {
      recordingConfig: { ...channel, subscribeUidGroup: 0 },
      recordingFileConfig: { avFileType: ["hls"] },
      storageConfig: goStorage,
    },
    updates: [["update", subscribe]],
    queried: listed,
    stopped: uploaded,
  },
  {
    ...go,
    flow: "snapshots only",
    mode: "individual",
    start: {
      recordingConfig: { ...channel, subscribeUidGroup: 0 },
      snapshotConfig: { captureInterval: 5, fileType: ["jpg"] },
      storageConfig: storage,
    },
    updates: [["update", subscribe]],
    queried: noFiles,
    stopped: uploaded,
  },
  {
    ...go,
    flow: "postponed transcoding",
    mode: "individual",
    acquire: { scene: 2 },
    start: {
      appsCollection: { combinationPolicy: "postpone_transcoding" },
      recordingConfig: { ...channel, subscribeUidGroup: 0 },
      transcodeOptions: { container: { format: "mp4" }, transConfig: { transMode: "postponeTranscoding" } },
      recordingFileConfig: { avFileType: ["hls"] },
      storageConfig: storage,
    },
    updates: [],
    queried: listed,
    stopped: uploaded,
  },
  {
    ...go,
    flow: "original audio, mixed later",
    mode: "individual",
    acquire: { scene: 2 },
    start: {
      appsCollection: { combinationPolicy: "postpone_transcoding" },
      recordingConfig: {
        ...{ channelType: 1, streamTypes: 0, streamMode: "original", maxIdleTime: 30 },
        ...{ subscribeAudioUids: all, subscribeUidGroup: 0 },
      },
      transcodeOptions: {
        container: { format: "mp3" },
        transConfig: { transMode: "audioMix" },
        audio: { sampleRate: "48000", bitrate: "48000", channels: "2" },
      },
      recordingFileConfig: { avFileType: ["hls"] },
      storageConfig: storage,
    },
    updates: [["update", { streamSubscribe: { audioUidList: { unSubscribeAudioUids: ["777"] } } }]],
    queried: listed,
    stopped: uploaded,
  },
  {
    ...go,
    flow: "mix with HLS and layouts",
    mode: "mix",
    start: {
      recordingConfig: {
        ...channel,
        subscribeUidGroup: 0,
        transcodingConfig: { ...canvas, mixedVideoLayout: 3, layoutConfig: [{ ...goWindow }] },
      },
      recordingFileConfig: { avFileType: ["hls"] },
      storageConfig: storage,
    },
    updates: [
      ["update", subscribe],
      ["updateLayout", { mixedVideoLayout: 3, layoutConfig: [goWindow, { ...goWindow, uid: "1" }] }],
      ["updateLayout", { mixedVideoLayout: 0, backgroundColor: "#FF0000" }],
    ],
    queried: named,
    stopped: uploaded,
  },
  {
    ...go,
    flow: "web page",
    mode: "web",
    acquire: { scene: 1 },
    start: webStart(recorderService(goPage)),
    updates: [["update", { webRecordingConfig: { onhold: false } }]],
    queried: webStates,
    stopped: webUploaded,
  },
  {
    ...go,
    flow: "web page with RTMP",
    mode: "web",
    acquire: { scene: 1 },
    start: webStart(recorderService(goPage), pushService),
    updates: [["update", { webRecordingConfig: { onhold: false }, rtmpPublishConfig: push }]],
    queried: pushStates,
    stopped: webUploaded,
  },
  {
    ...node,
    flow: "individual recording and snapshots",
    mode: "individual",
    start: {
      token: "",
      recordingConfig: { ...channel, subscribeUidGroup: 0 },
      recordingFileConfig: { avFileType: ["hls"] },
      snapshotConfig: { captureInterval: 5, fileType: ["jpg"] },
      storageConfig: storage,
    },
    updates: [["update", subscribe]],
    queried: noFiles,
    stopped: anything,
  },
  {
    ...node,
    flow: "mix with HLS",
    mode: "mix",
    start: {
      token: "",
      recordingConfig: { ...channel, audioProfile: 2, transcodingConfig: canvas },
      recordingFileConfig: { avFileType: ["hls"] },
      storageConfig: storage,
    },
    updates: [
      ["update", subscribe],
      ["updateLayout", { mixedVideoLayout: 1, backgroundColor: "#FF0000" }],
    ],
    queried: named,
    stopped: anything,
  },
  {
    ...node,
    flow: "mix with HLS and MP4",
    mode: "mix",
    start: {
      token: "",
      recordingConfig: { ...channel, audioProfile: 2, transcodingConfig: canvas },
      recordingFileConfig: { avFileType: ["hls", "mp4"] },
      storageConfig: storage,
    },
    updates: [["update", subscribe]],
    queried: listed,
    stopped: anything,
  },
  {
    ...node,
    flow: "web page with RTMP",
    mode: "web",
    acquire: { scene: 1, resourceExpiredHour: 1 },
    start: webStart(recorderService(page), pushService),
    updates: [["update", { webRecordingConfig: { onhold: true }, rtmpPublishConfig: push }]],
    queried: pushStates,
    stopped: anything,
  },
  {
    ...middleware,
    flow: "individual",
    mode: "individual",
    updates: [["update", subscribe]],
    queried: listed,
    stopped: uploaded,
  },
  {
    ...middleware,
    flow: "mix, with what only individual knows",
    mode: "mix",
    updates: [
      ["update", { streamSubscribe: { videoUidList: { unsunscribeVideoUids: ["777"] } } }],
      ["updateLayout", { mixedVideoLayout: 3, layoutConfig: [{ uid: "1", ...window, x_axis: 0, y_axis: 0 }] }],
    ],
    queried: named,
    stopped: uploaded,
  },
  {
    ...middleware,
    flow: "web page, with what only channels know",
    mode: "web",
    acquire: { scene: 1, resourceExpiredHour: 24 },
    start: { ...middlewareStart, ...webStart(recorderService(page)), recordingConfig: { channelType: 0 } },
    updates: [["update", { webRecordingConfig: { onhold: true } }]],
    queried: webStates,
    stopped: webUploaded,
  },
  {
    ...python,
    flow: "mix with HLS and MP4",
    mode: "mix",
    start: {
      token: "",
      recordingConfig: { ...channel, unsubscribeAudioUids: ["777"], audioProfile: 1, transcodingConfig: canvas },
      recordingFileConfig: { avFileType: ["hls", "mp4"] },
      storageConfig: storage,
    },
    updates: [["update", subscribe]],
    queried: listed,
    stopped: uploaded,
  },
  {
    ...postman,
    flow: "mix, best fit with a largest uid",
    mode: "mix",
    start: {
      recordingConfig: {
        ...{ maxIdleTime: 30, streamTypes: 2, audioProfile: 1, channelType: 1, videoStreamType: 0 },
        transcodingConfig: {
          width: 360,
          height: 640,
          fps: 24,
          bitrate: 800,
          mixedVideoLayout: 1,
          maxResolutionUid: "1",
        },
      },
      storageConfig: storage,
    },
    updates: [["updateLayout", { mixedVideoLayout: 1, maxResolutionUid: "1" }]],
    queried: named,
    stopped: uploaded,
  },
];
