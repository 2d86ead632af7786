import { appId, basic, customerSecret, extensionServices, otherAppId } from "../testing/simulated-agora.ts";
import type { Random } from "../time/random.ts";
import { mutateJson, pick } from "./mutate-json.ts";
import { mutateText } from "./mutate-text.ts";

/** A request before it is sent, mutated or not. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly bodyText: string;
}

/** A recording that was started, so that mutated calls reach further than the first check. */
export interface KnownRecording {
  readonly resourceId: string;
  readonly sid: string;
  readonly mode: string;
  readonly cname: string;
  readonly uid: string;
}

const calls = ["acquire", "start", "query", "update", "updateLayout", "stop"] as const;
type Call = (typeof calls)[number];

/** A request as a client would send it. */
export function validRequest(random: Random, known: KnownRecording): FuzzRequest {
  const call = pick(random, calls) ?? "query";
  const { cname, uid } = known;
  const body = { cname, uid, clientRequest: clientRequestOf(random, call, known.mode) };
  return {
    method: call === "query" ? "GET" : "POST",
    path: `/v1/apps/${appId}/cloud_recording/${pathOf(call, known)}`,
    authorization: basic("customer", customerSecret),
    contentType: random.next() < 0.8 ? "application/json" : pick(random, contentTypes),
    bodyText: call === "query" ? "" : JSON.stringify(body),
  };
}

/** The same with up to three things wrong with it; one in five stays as it is. */
export function mutatedRequest(random: Random, request: FuzzRequest): FuzzRequest {
  let mutated = request;
  for (let left = random.next() < 0.2 ? 0 : random.between(1, 3); left > 0; left -= 1) {
    mutated = mutateOnce(random, mutated);
  }
  return mutated;
}

const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "post", "BREW", ""];
const contentTypes = [
  ...[
    undefined,
    "application/json;charset=utf-8",
    "APPLICATION/JSON",
    "application/json; charset=latin1",
    "text/plain",
  ],
  ...["application/x-www-form-urlencoded", "", ";", "application/jsonp", "multipart/form-data; boundary=x", "\u0000"],
];
const authorizations = [
  ...[undefined, "", "Basic", "Basic ", "Basic !!!!", "Bearer x", "Digest username=x", basic("customer", "wrong")],
  ...[basic("", ""), basic("customer", ""), basic("stranger", "strangers-secret"), basic("customer:", customerSecret)],
  ...[basic("customer", customerSecret).toLowerCase(), `Basic ${"A".repeat(4_000)}`, "Basic \u0000"],
];

function mutateOnce(random: Random, request: FuzzRequest): FuzzRequest {
  const kind = random.between(0, 99);
  if (kind < 50) return { ...request, bodyText: mutatedBody(random, request.bodyText) };
  if (kind < 62) return { ...request, bodyText: mutateText(random, request.bodyText) };
  if (kind < 78) return { ...request, path: mutatedPath(random, request.path) };
  if (kind < 84) return { ...request, method: pick(random, methods) ?? "GET" };
  if (kind < 91) return { ...request, contentType: pick(random, contentTypes) };
  if (kind < 99 || random.next() < 0.7) return { ...request, authorization: pick(random, authorizations) };
  return { ...request, bodyText: deepBody(random, request.bodyText) };
}

function mutatedBody(random: Random, text: string): string {
  try {
    return JSON.stringify(mutateJson(random, JSON.parse(text)));
  } catch {
    // It was broken before: break it more.
    return mutateText(random, text);
  }
}

/** Nested so deeply that whoever recurses over it runs out of stack. */
function deepBody(random: Random, text: string): string {
  const depth = random.between(1_000, 30_000);
  const deep =
    random.next() < 0.5 ? "[".repeat(depth) + "]".repeat(depth) : `{"a":`.repeat(depth) + "1" + "}".repeat(depth);
  return text.startsWith("{") ? text.replace("{", `{"deep":${deep},`) : deep;
}

function mutatedPath(random: Random, path: string): string {
  const segments = path.split("/");
  const at = random.between(1, segments.length - 1);
  const swapped = (to: string): string => segments.map((segment, index) => (index === at ? to : segment)).join("/");
  switch (random.between(0, 6)) {
    case 0:
      return swapped((segments[at] ?? "").toUpperCase());
    case 1:
      return swapped(
        pick(random, ["", ".", "..", "%2e", "%zz", "web", "mix", "individual", "composite", otherAppId]) ?? "",
      );
    case 2:
      return `/${pick(random, ["cn", "us", "na", "eu", "ap", "xx"]) ?? "cn"}${path}`;
    case 3:
      return `${path}${pick(random, ["/", "?a=b", "?a=%zz", "#x", "//", "%2F"]) ?? ""}`;
    case 4:
      return swapped("x".repeat(random.between(100, 3_000)));
    case 5:
      return swapped(encodeURIComponent(mutateText(random, segments[at] ?? "").toWellFormed()));
    default:
      return mutateText(random, path);
  }
}

function pathOf(call: Call, { resourceId, sid, mode }: KnownRecording): string {
  if (call === "acquire") return "acquire";
  if (call === "start") return `resourceid/${resourceId}/mode/${mode}/start`;
  return `resourceid/${resourceId}/sid/${sid}/mode/${mode}/${call}`;
}

const storageConfig = {
  vendor: 1,
  region: 7,
  bucket: "bucket",
  accessKey: "AK",
  secretKey: "SK",
  fileNamePrefix: ["a", "b"],
  extensionParams: { tag: "RETENTION_DAYS=30" },
};
const layout = {
  mixedVideoLayout: 3,
  backgroundColor: "#102030",
  layoutConfig: [{ uid: "1", x_axis: 0, y_axis: 0, width: 0.5, height: 1, alpha: 1, render_mode: 1 }],
  backgroundConfig: [{ uid: "1", image_url: "https://x.example.org/a.jpg", render_mode: 0 }],
};
const recordingConfig = {
  channelType: 1,
  streamTypes: 2,
  maxIdleTime: 300,
  subscribeUidGroup: 2,
  subscribeAudioUids: ["#allstream#"],
  unSubscribeVideoUids: ["444"],
  privateParams: `{"correctEXTINF":true}`,
};

function clientRequestOf(random: Random, call: Call, mode: string): Readonly<Record<string, unknown>> {
  switch (call) {
    case "acquire":
      return { scene: mode === "web" ? 1 : 0, resourceExpiredHour: 24, region: "EU", excludeResourceIds: ["x"] };
    case "start":
      return startClientRequest(random, mode);
    case "query":
      return {};
    case "update":
      return updateClientRequest(random, mode);
    case "updateLayout":
      return layout;
    case "stop":
      return { async_stop: random.next() < 0.5 };
  }
}

/** What start asks for in the mode; several shapes of each. */
export function startClientRequest(random: Random, mode: string): Readonly<Record<string, unknown>> {
  const files = random.next() < 0.5 ? {} : { recordingFileConfig: { avFileType: ["hls", "mp4"] } };
  if (mode === "web") {
    const push = random.next() < 0.5 ? {} : { rtmpUrl: "rtmp://live.example.org/app/key" };
    const page = { onhold: random.next() < 0.2, readyTimeout: random.between(0, 1) * 20, maxVideoDuration: 30 };
    return { extensionServiceConfig: extensionServices({ page, ...push }), ...files, storageConfig };
  }
  if (mode === "mix") {
    const transcodingConfig = { width: 1280, height: 720, fps: 15, bitrate: 2_260, ...layout };
    return {
      token: "007",
      recordingConfig: { ...recordingConfig, audioProfile: 1, transcodingConfig },
      ...files,
      storageConfig,
    };
  }
  const snapshotConfig = { captureInterval: 10, fileType: ["jpg"] };
  const snapshots = random.next() < 0.3 ? { snapshotConfig } : {};
  return { recordingConfig: { ...recordingConfig, streamMode: "standard" }, ...snapshots, storageConfig };
}

function updateClientRequest(random: Random, mode: string): Readonly<Record<string, unknown>> {
  if (random.next() < 0.2) return { storageConfig };
  if (mode === "web") {
    return random.next() < 0.5
      ? { webRecordingConfig: { onhold: random.next() < 0.5 } }
      : { rtmpPublishConfig: { outputs: [{ rtmpUrl: "rtmps://b.example.org/app/k2" }] } };
  }
  const audioUidList = { subscribeAudioUids: ["1"] };
  return { streamSubscribe: { audioUidList, videoUidList: { unSubscribeVideoUids: ["444", "555"] } } };
}
